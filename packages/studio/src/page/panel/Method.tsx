import { METHOD_NAMES, METHODS } from '@lusd/lusd';
import type { Studio } from '../state/studio.ts';

/** Which method edits the picture, and what it does. */
export function Method({ studio }: { studio: Studio }) {
  const { method } = studio.settings.value;
  const { text } = METHODS[method];
  const choose = (value: string) => {
    const chosen = METHOD_NAMES.find((name) => name === value);
    if (chosen) studio.chooseMethod(chosen);
  };
  return (
    <div class="prompts">
      <div>
        <label for="method">
          <span>Method</span>
        </label>
        <select
          id="method"
          value={method}
          aria-describedby="about-method"
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          {METHOD_NAMES.map((name) => (
            <option key={name} value={name}>
              {METHODS[name].title}
            </option>
          ))}
        </select>
      </div>
      <p class="hint" id="about-method">
        {text.charAt(0).toUpperCase()}
        {text.slice(1)}.
      </p>
    </div>
  );
}
