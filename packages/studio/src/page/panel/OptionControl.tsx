import { useSignal } from '@preact/signals';
import { DEFAULT_SETTINGS, type StudioSettings } from '../../session/index.ts';
import type { Studio } from '../state/studio.ts';
import { withDefaultOptions } from './methodFields.ts';
import { nameOf, type OptionField } from './optionField.ts';

interface OptionControlProps {
  readonly studio: Studio;
  readonly field: OptionField;
}

/** An option: its name, its value, its sentence, its default, and what is wrong with it. */
export function OptionControl({ studio, field }: OptionControlProps) {
  const name = nameOf(field);
  const problem = studio.optionProblem.value;
  const isWrong = problem !== null && problem.option === field.option;
  return (
    <div class="option">
      <label for={`option-${name}`}>{name}</label>
      <Control studio={studio} field={field} isWrong={isWrong} />
      <p id={`about-${name}`}>
        {field.text}
        <Default studio={studio} field={field} />
        {isWrong && <span class="changed">: {problem.reason}</span>}
      </p>
    </div>
  );
}

/** The option's default, where it has one that is worth a word. */
function Default({ studio, field }: OptionControlProps) {
  const { value: settings } = studio.settings;
  const usual = field.get(withDefaultOptions({ ...DEFAULT_SETTINGS, method: settings.method }));
  if (usual === '' || usual === null || usual === false) return null;
  const isChanged = field.get(settings) !== usual;
  return <span class={isChanged ? 'changed' : ''}> (default {usual === true ? 'on' : usual})</span>;
}

function Control({ studio, field, isWrong }: OptionControlProps & { readonly isWrong: boolean }) {
  const wrong = useSignal(false);
  const { value: settings } = studio.settings;
  const name = nameOf(field);
  const common = {
    id: `option-${name}`,
    'aria-describedby': `about-${name}`,
    'aria-invalid': wrong.value || isWrong,
  };
  const apply = (changed: ReturnType<OptionField['set']>) => {
    wrong.value = changed === null;
    if (changed) studio.change(changed);
  };
  switch (field.kind) {
    case 'flag':
      return (
        <input
          {...common}
          type="checkbox"
          checked={field.get(settings)}
          onChange={({ currentTarget }) => apply(field.set(currentTarget.checked, settings))}
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          value={field.get(settings)}
          onChange={({ currentTarget }) => apply(field.set(currentTarget.value, settings))}
        >
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          step={field.isWhole ? 1 : 'any'}
          placeholder={field.isOptional ? 'none' : ''}
          value={field.get(settings) ?? ''}
          onChange={({ currentTarget }) => apply(withNumber(field, currentTarget, settings))}
        />
      );
    case 'text':
      return (
        <input
          {...common}
          type="text"
          placeholder={field.placeholder}
          value={field.get(settings)}
          onChange={({ currentTarget }) => apply(field.set(currentTarget.value.trim(), settings))}
        />
      );
  }
}

/** What the number in a field changes; null where it is none. */
function withNumber(
  field: OptionField & { readonly kind: 'number' },
  { valueAsNumber, validity }: HTMLInputElement,
  settings: StudioSettings,
): Partial<StudioSettings> | null {
  if (Number.isFinite(valueAsNumber)) return field.set(valueAsNumber, settings);
  return field.isOptional && !validity.badInput ? field.set(null, settings) : null;
}
