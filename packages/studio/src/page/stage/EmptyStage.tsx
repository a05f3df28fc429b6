import { DEMO_EDITS, draw } from '@lusd/lusd/shapes';
import { FileButton } from '../FileButton.tsx';
import { PictureCanvas } from '../PictureCanvas.tsx';
import type { Studio } from '../state/studio.ts';

const EXAMPLES = DEMO_EDITS.map(({ picture, source, target }) => ({ image: draw(picture), source, target }));

/** Before there is a picture: how to give one, and examples. */
export function EmptyStage({ studio }: { studio: Studio }) {
  const load = ([file]: readonly File[]) => file && void studio.loadPicture(file, file.name);
  const { value: model } = studio.model.state;
  return (
    <div class="empty">
      <p class="lead">Drop a picture here, or paste one.</p>
      <FileButton label="Choose a picture" class="primary" accept="image/*" onFiles={load} />
      {(model.kind !== 'open' || model.isShapes) && (
        <>
          <h2>Or try one of these</h2>
          <ul class="examples">
            {EXAMPLES.map(({ image, source, target }, i) => (
              <li key={target}>
                <button type="button" class="example" onClick={() => studio.tryExample(i)}>
                  <PictureCanvas image={image} />
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
