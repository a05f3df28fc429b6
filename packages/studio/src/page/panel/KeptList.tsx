import type { KeptWeights } from '../../engine/engine.ts';
import type { Studio } from '../state/studio.ts';
import { formatBytes } from './formatBytes.ts';
import { HUB } from './PullForm.tsx';

/** The weights that the browser keeps: open them, go on with their download, delete them. */
export function KeptList({ studio: { model }, isBusy }: { studio: Studio; isBusy: boolean }) {
  const { value: kept } = model.kept;
  if (kept.length === 0) return null;
  return (
    <ul class="kept" aria-label="Weights that this browser keeps">
      {kept.map((weights) => (
        <li key={weights.name}>
          <span>
            <b>{weights.name}</b> {sizeLine(weights)}
          </span>
          {weights.missing === 0 ? (
            <button
              type="button"
              disabled={isBusy}
              onClick={() => void model.open({ kind: 'kept', name: weights.name })}
            >
              Open
            </button>
          ) : (
            <button
              type="button"
              disabled={model.pull.value !== null}
              onClick={() => void model.download({ name: weights.name, hub: HUB.value })}
            >
              Go on
            </button>
          )}
          <button
            type="button"
            class="quiet"
            aria-label={`Delete ${weights.name}`}
            disabled={isBusy || model.pull.value?.name === weights.name}
            onClick={() => void model.remove(weights.name)}
          >
            Delete
          </button>
        </li>
      ))}
    </ul>
  );
}

function sizeLine({ bytes, missing, license }: KeptWeights): string {
  const rest = missing > 0 ? `, ${formatBytes(missing)} missing` : '';
  return `${formatBytes(bytes)}${rest}${license ? `, ${license}` : ''}`;
}
