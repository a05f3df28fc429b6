import { Dialog } from '../Dialog.tsx';
import { BlobPicture } from './BlobPicture.tsx';
import type { HistoryEntry } from './database.ts';

/** Two edits side by side, and the settings in which they differ. */
export function Compare({ entries, onClose }: { entries: readonly HistoryEntry[]; onClose: () => void }) {
  const rows = differences(entries);
  return (
    <Dialog title="Two edits" onClose={onClose}>
      <div class="compare">
        {entries.map(({ id, after, picture, settings }) => (
          <BlobPicture key={id} blob={after ?? picture} label={`${settings.target}, seed ${settings.seed}`} />
        ))}
      </div>
      {rows.length === 0 ? (
        <p>Their settings are the same.</p>
      ) : (
        <table>
          <caption class="hint">Settings that differ</caption>
          <tbody>
            {rows.map(({ name, values }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, i) => (
                  <td key={i}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}

interface Difference {
  readonly name: string;
  readonly values: readonly string[];
}

function differences(entries: readonly HistoryEntry[]): Difference[] {
  const flat = entries.map(({ settings: { options, ...rest }, weights }) => ({
    ...rest,
    ...options,
    weights,
  }));
  const valuesOf = flat.map((settings) => new Map<string, unknown>(Object.entries(settings)));
  const names = new Set(valuesOf.flatMap((values) => [...values.keys()]));
  return [...names]
    .map((name) => ({ name, values: valuesOf.map((values) => written(values.get(name))) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** Another method may not have an option. */
function written(value: unknown): string {
  return value === undefined ? '–' : JSON.stringify(value);
}
