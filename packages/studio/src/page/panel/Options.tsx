import type { Studio } from '../state/studio.ts';
import { OptionControl } from './OptionControl.tsx';
import { nameOf, OPTION_GROUPS } from './optionFields.ts';
import { PRESETS } from './presets.ts';

/** Every option of the command line, in groups, and presets. */
export function Options({ studio }: { studio: Studio }) {
  const current = JSON.stringify(studio.settings.value.options);
  const preset = PRESETS.find(({ options }) => JSON.stringify(options) === current);
  return (
    <section class="options" aria-labelledby="options-title">
      <h2 id="options-title">Options</h2>
      <fieldset class="words">
        <legend>Presets</legend>
        {PRESETS.map(({ name, options }) => (
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
      {OPTION_GROUPS.map(({ title, fields }) => (
        <details key={title}>
          <summary>{title}</summary>
          {fields.map((field) => (
            <OptionControl key={nameOf(field)} studio={studio} field={field} />
          ))}
        </details>
      ))}
    </section>
  );
}
