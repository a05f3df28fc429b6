import { MaskEditor } from '../mask/MaskEditor.tsx';
import type { Studio } from '../state/studio.ts';
import { EmptyStage } from './EmptyStage.tsx';
import { ResultView } from './ResultView.tsx';

/** The picture, large: where its mask is painted, and what becomes of it. */
export function Stage({ studio }: { studio: Studio }) {
  const { value: image } = studio.picture.image;
  const { value: run } = studio.edits.run;
  if (run?.before) return <ResultView key={run.id} studio={studio} run={run} />;
  return image ? <MaskEditor studio={studio} image={image} /> : <EmptyStage studio={studio} />;
}
