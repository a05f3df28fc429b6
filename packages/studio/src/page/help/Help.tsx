import { Dialog } from '../Dialog.tsx';
import { ADVICE, type Advice, READINGS } from './guide.ts';

/** The guide for people who edit. */
export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Guide" onClose={onClose}>
      <p>
        Say what the picture shows and what it should show, in the same words but for the change. The words
        that differ are marked: where the model sees them, the picture may change. Then press Start, and
        watch.
      </p>
      <h3>Which option to change</h3>
      <Rows rows={ADVICE} />
      <h3>What the curves and the mask tell</h3>
      <Rows rows={READINGS} />
    </Dialog>
  );
}

function Rows({ rows }: { rows: readonly Advice[] }) {
  return (
    <dl>
      {rows.map(({ when, change }) => (
        <div key={when}>
          <dt>{when}</dt>
          <dd>{change}</dd>
        </div>
      ))}
    </dl>
  );
}
