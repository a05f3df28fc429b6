import { useSignal } from '@preact/signals';
import { DEFAULT_SETTINGS } from '../../session/index.ts';
import type { Studio } from '../state/studio.ts';
import { nameOf, type OptionField } from './optionFields.ts';

interface OptionControlProps {
  readonly studio: Studio;
  readonly field: OptionField;
}

/** An option: its name, its value, its sentence, its default. */
export function OptionControl({ studio, field }: OptionControlProps) {
  const name = nameOf(field);
  const isDefault = field.get(studio.settings.value) === field.get(DEFAULT_SETTINGS);
  const shown = field.get(DEFAULT_SETTINGS);
  return (
    <div class="option">
      <label for={`option-${name}`}>{name}</label>
      <Control studio={studio} field={field} />
      <p id={`about-${name}`}>
        {field.text}
        {field.kind !== 'flag' && shown !== '' && (
          <span class={isDefault ? '' : 'changed'}> (default {shown})</span>
        )}
      </p>
    </div>
  );
}

function Control({ studio, field }: OptionControlProps) {
  const wrong = useSignal(false);
  const { value: settings } = studio.settings;
  const name = nameOf(field);
  const common = { id: `option-${name}`, 'aria-describedby': `about-${name}`, 'aria-invalid': wrong.value };
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
          value={field.get(settings)}
          onChange={({ currentTarget: { valueAsNumber } }) =>
            apply(Number.isFinite(valueAsNumber) ? field.set(valueAsNumber, settings) : null)
          }
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
