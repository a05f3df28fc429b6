import type { Studio } from '../state/studio.ts';
import { OptionControl } from './OptionControl.tsx';
import { nameOf } from './optionField.ts';
import { optionGroups } from './optionFields.ts';
import { presetsOf } from './presets.ts';

/** Every option that the method has on the command line, in groups, and presets. */
export function Options({ studio }: { studio: Studio }) {
  const { value: settings } = studio.settings;
  const { method } = settings;
  const current = JSON.stringify(settings.options);
  const presets = presetsOf(method);
  const preset = presets.find(({ options }) => JSON.stringify(options) === current);
  return (
    <section class="options" aria-labelledby="options-title">
      <h2 id="options-title">Options</h2>
      <fieldset class="words">
        <legend>Presets</legend>
        {presets.map(({ name, options }) => (
          <button
            key={name}
            type="button"
            class="word"
            aria-pressed={preset?.name === name}
            onClick={() => studio.change({ options })}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <p class="hint">{preset ? `${preset.name}: ${preset.text}.` : 'Options of your own.'}</p>
      {optionGroups(settings).map(({ title, fields }) => (
        <details key={title}>
          <summary>{title}</summary>
          {fields.map((field) => (
            <OptionControl key={`${method} ${nameOf(field)}`} studio={studio} field={field} />
          ))}
        </details>
      ))}
    </section>
  );
}
