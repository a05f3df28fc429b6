import { DEMO_EDITS } from '@lusd/lusd/shapes';
import { FileButton } from '../FileButton.tsx';
import { BlobPicture } from '../history/BlobPicture.tsx';
import type { Studio } from '../state/studio.ts';

/** Before there is a picture: how to give one, and examples. */
export function EmptyStage({ studio }: { studio: Studio }) {
  const load = ([file]: readonly File[]) => file && void studio.loadPicture(file, file.name);
  const { value: model } = studio.model.state;
  const { value: files } = studio.examples;
  return (
    <div class="empty">
      <p class="lead">Drop a picture here, or paste one.</p>
      <FileButton label="Choose a picture" class="primary" accept="image/*" onFiles={load} />
      {(model.kind !== 'open' || model.isShapes) && (
        <>
          <h2>Or try one of these</h2>
          <ul class="examples">
            {DEMO_EDITS.map(({ source, target }, i) => (
              <li key={target}>
                <button
                  type="button"
                  class="example"
                  disabled={!files[i]}
                  onClick={() => void studio.tryExample(i)}
                >
                  <span class="drawing">{files[i] && <BlobPicture blob={files[i]} label="" />}</span>
                  <span>
                    {source} <b aria-hidden="true">→</b>
                    <span class="hidden"> to </span> {target}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
