import { METHODS } from '@lusd/lusd';
import { useComputed, useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import type { Studio } from '../state/studio.ts';
import { BlobPicture } from './BlobPicture.tsx';
import { Compare } from './Compare.tsx';
import type { EntryStatus, HistoryEntry } from './database.ts';

const STATES: Readonly<Record<EntryStatus, string>> = {
  running: 'running',
  done: '',
  stopped: 'stopped',
  failed: 'failed',
  interrupted: 'interrupted',
};

/** The edits that were made here: look at them again, run them with another seed, compare two. */
export function History({ studio }: { studio: Studio }) {
  const chosen = useSignal<readonly string[]>([]);
  const isComparing = useSignal(false);
  const { value: entries } = studio.history.entries;
  const compared = entries.filter(({ id }) => chosen.value.includes(id));
  // The same at every step: an entry whose properties are as they were is not made again.
  const toggle = useCallback(
    (id: string) => {
      const others = chosen.value.filter((other) => other !== id);
      chosen.value = chosen.value.includes(id) ? others : [...others.slice(-1), id];
    },
    [chosen],
  );
  if (entries.length === 0) return null;
  return (
    <section class="history" aria-labelledby="history-title">
      <div class="bar">
        <h2 id="history-title">History</h2>
        <span class="hint">Kept in this browser.</span>
        <span class="spacer" />
        <button type="button" disabled={compared.length !== 2} onClick={() => (isComparing.value = true)}>
          Compare two
        </button>
      </div>
      <ol>
        {entries.map((entry) => (
          <Entry
            key={entry.id}
            studio={studio}
            entry={entry}
            isChosen={chosen.value.includes(entry.id)}
            onChoose={toggle}
          />
        ))}
      </ol>
      {isComparing.value && compared.length === 2 && (
        <Compare entries={compared} onClose={() => (isComparing.value = false)} />
      )}
    </section>
  );
}

interface EntryProps {
  readonly studio: Studio;
  readonly entry: HistoryEntry;
  readonly isChosen: boolean;
  readonly onChoose: (id: string) => void;
}

function Entry({ studio, entry, isChosen, onChoose }: EntryProps) {
  const { id, settings, after, picture, status } = entry;
  const { isActive } = studio.edits;
  const cannotRun = useComputed(() => isActive.value || studio.model.state.value.kind !== 'open');
  const name = `${settings.target}, seed ${settings.seed}`;
  return (
    <li>
      <button type="button" class="thumbnail" disabled={isActive} onClick={() => void studio.reopen(entry)}>
        <BlobPicture blob={after ?? picture} label={`Open: ${name}`} />
      </button>
      <p title={settings.target}>{settings.target}</p>
      <p class="hint">
        {METHODS[settings.method].title}, seed {settings.seed} {STATES[status]}
      </p>
      <div class="bar">
        <label class="check">
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={`Compare: ${name}`}
            onChange={() => onChoose(id)}
          />
          Compare
        </label>
      </div>
      <div class="bar">
        <button
          type="button"
          class="quiet"
          aria-label={`Run again with a new seed: ${name}`}
          disabled={cannotRun}
          onClick={() => void studio.runAgain(entry)}
        >
          New seed
        </button>
        <button
          type="button"
          class="quiet"
          aria-label={`Delete: ${name}`}
          disabled={isActive}
          onClick={() => void studio.history.remove(id)}
        >
          Delete
        </button>
      </div>
    </li>
  );
}
