import type { Studio } from '../state/studio.ts';
import { OptionControl } from './OptionControl.tsx';
import { nameOf, OPTION_GROUPS } from './optionFields.ts';
import { PRESETS } from './presets.ts';

/** Every option of the command line, in groups, and presets. */
export function Options({ studio }: { studio: Studio }) {
  const current = JSON.stringify(studio.settings.value.options);
  return (
    <section class="options" aria-labelledby="options-title">
      <h2 id="options-title">Options</h2>
      <fieldset class="words">
        <legend>Presets</legend>
        {PRESETS.map(({ name, text, options }) => (
          <button
            key={name}
            type="button"
            class="word"
            title={text}
            aria-pressed={JSON.stringify(options) === current}
            onClick={() => studio.change({ options })}
          >
            {name}
          </button>
        ))}
      </fieldset>
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
