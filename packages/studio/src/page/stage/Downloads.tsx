import { withText } from '../../library/pictures.ts';
import { settingsText } from '../history/pngSettings.ts';
import { latestImage, type Run } from '../state/run.ts';
import type { Studio } from '../state/studio.ts';
import { save } from './save.ts';

/** The result as PNG, with its settings in it, and the trajectory where it was recorded. */
export function Downloads({ studio, run }: { studio: Studio; run: Run }) {
  const image = latestImage(run);
  const { trajectory } = run;
  const entry = studio.history.entries.value.find(({ id }) => id === run.id);
  if (!image || !entry) return null;
  const name = `${studio.picture.name.value}-${entry.settings.seed}`;
  return (
    <>
      <button
        type="button"
        onClick={async () =>
          save(await withText(await studio.pictures.png(image), settingsText(entry)), `${name}.png`)
        }
      >
        Download PNG
      </button>
      {trajectory && (
        <button type="button" onClick={async () => save(await trajectory, `${name}.safetensors`)}>
          Download trajectory
        </button>
      )}
    </>
  );
}
