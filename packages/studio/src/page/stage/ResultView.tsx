import { useSignal } from '@preact/signals';
import { FileButton } from '../FileButton.tsx';
import { PictureCanvas } from '../PictureCanvas.tsx';
import { latestImage, type Run } from '../state/run.ts';
import type { Studio } from '../state/studio.ts';
import { Downloads } from './Downloads.tsx';
import { MaskOverlay } from './MaskOverlay.tsx';

/** An edit that runs or has run: before and after in one place, over its steps. */
export function ResultView({ studio, run }: { studio: Studio; run: Run }) {
  const split = useSignal(0);
  const isMaskShown = useSignal(false);
  /** The preview that is shown; null for the latest picture. */
  const at = useSignal<number | null>(null);
  const { before, previews } = run;
  if (!before) return null;
  const index = Math.min(at.value ?? previews.length, previews.length);
  const preview = previews[index];
  const after = preview?.image ?? latestImage(run);
  const mask = (preview ?? previews.at(-1))?.mask ?? null;
  return (
    <figure class="result">
      <div
        class="frame"
        style={{
          '--split': `${split.value}%`,
          '--aspect': before.width / before.height,
          aspectRatio: `${before.width} / ${before.height}`,
        }}
      >
        <PictureCanvas
          image={after ?? before}
          label={after ? 'The picture after the edit' : 'The picture before the edit'}
        />
        <PictureCanvas image={before} class="before" />
        {isMaskShown.value && mask && <MaskOverlay mask={mask} />}
        {after && (
          <input
            class="split"
            type="range"
            min="0"
            max="100"
            step="1"
            value={split}
            aria-label="Before and after: how much of the picture before the edit is shown, in percent"
            onInput={({ currentTarget }) => (split.value = currentTarget.valueAsNumber)}
          />
        )}
      </div>
      <figcaption class="tools">
        <label class="steps">
          <span>{preview ? `Step ${preview.iteration + 1}` : 'Latest'}</span>
          <input
            type="range"
            min="0"
            max={previews.length}
            step="1"
            value={index}
            disabled={previews.length === 0}
            aria-label="Step of the edit that is shown"
            onInput={({ currentTarget: { valueAsNumber } }) =>
              (at.value = valueAsNumber >= previews.length ? null : valueAsNumber)
            }
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isMaskShown}
            disabled={mask === null}
            onChange={({ currentTarget }) => (isMaskShown.value = currentTarget.checked)}
          />
          Model's mask
        </label>
        <span class="spacer" />
        {!studio.edits.isActive.value && (
          <>
            <Downloads studio={studio} run={run} />
            <button type="button" class="quiet" onClick={() => studio.edits.clear()}>
              Back to the mask
            </button>
            <FileButton
              label="Another picture"
              class="quiet"
              accept="image/*"
              onFiles={([file]) => file && void studio.loadPicture(file, file.name)}
            />
          </>
        )}
      </figcaption>
    </figure>
  );
}
