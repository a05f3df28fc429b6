import type { Studio } from '../state/studio.ts';
import { Words } from './Words.tsx';

/** What the picture shows and what it should show. */
export function Prompts({ studio }: { studio: Studio }) {
  const { source, target } = studio.settings.value;
  const unread = studio.marked.value?.unread;
  return (
    <div class="prompts">
      <label>
        <span>The picture shows</span>
        <textarea
          rows={2}
          value={source}
          placeholder="a cup of coffee"
          onInput={({ currentTarget }) => studio.type({ source: currentTarget.value })}
        />
      </label>
      <label>
        <span>It should show</span>
        <textarea
          rows={2}
          value={target}
          placeholder="a cup of matcha"
          onInput={({ currentTarget }) => studio.type({ target: currentTarget.value })}
        />
      </label>
      <Words studio={studio} />
      {(unread?.source ?? unread?.target) && !studio.settings.value.longPrompts && (
        <p class="hint">
          The model does not read “{unread?.target ?? unread?.source}”: shorten the prompt, or switch
          long-prompts on.
        </p>
      )}
    </div>
  );
}
