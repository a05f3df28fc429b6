import { signal, useSignal } from '@preact/signals';
import type { ModelStore } from '../state/modelStore.ts';
import { formatBytes } from './formatBytes.ts';

/** The hub's address, or that of a mirror. */
export const HUB = signal('https://huggingface.co');

/** Downloads weights from the hub into the browser. */
export function PullForm({ model }: { model: ModelStore }) {
  const name = useSignal('sd15');
  const { value: pull } = model.pull;
  const submit = (event: Event) => {
    event.preventDefault();
    void model.download({ name: name.value.trim(), hub: HUB.value.trim().replace(/\/$/, '') });
  };
  return (
    <details>
      <summary>Download from the hub</summary>
      <form class="pull" onSubmit={submit}>
        <div class="option">
          <label for="pull-name">name</label>
          <input
            id="pull-name"
            type="text"
            required
            value={name}
            onInput={({ currentTarget }) => (name.value = currentTarget.value)}
          />
          <p>sd15 (2.1 GB, CreativeML OpenRAIL-M), or a repository such as organisation/name</p>
        </div>
        <div class="option">
          <label for="pull-hub">hub</label>
          <input
            id="pull-hub"
            type="url"
            required
            value={HUB}
            onInput={({ currentTarget }) => (HUB.value = currentTarget.value)}
          />
          <p>the hub, or a mirror of it that this page may reach</p>
        </div>
        {pull ? (
          <>
            <progress
              max={pull.progress?.total ?? 1}
              value={pull.progress?.done ?? 0}
              aria-label={`Download of ${pull.name}`}
            />
            <p class="hint">
              {pull.progress
                ? `${pull.progress.path}: ${formatBytes(pull.progress.done)} of ${formatBytes(pull.progress.total)}`
                : 'Asking the hub…'}
            </p>
            <button type="button" onClick={pull.stop}>
              Stop the download
            </button>
          </>
        ) : (
          <button type="submit">Download</button>
        )}
      </form>
    </details>
  );
}
