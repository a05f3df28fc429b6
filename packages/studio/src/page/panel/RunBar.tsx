import { paceOf, type Run } from '../state/run.ts';
import type { Studio } from '../state/studio.ts';

/** Start, pause, go on, stop; how far the edit is and how long it will take. */
export function RunBar({ studio }: { studio: Studio }) {
  const { edits } = studio;
  const { value: run } = edits.run;
  const isActive = edits.isActive.value;
  const { value: missing } = studio.missing;
  return (
    <div class="run">
      <div class="buttons">
        {isActive && run ? (
          <>
            {run.status === 'paused' ? (
              <button type="button" class="primary" onClick={() => edits.resume()}>
                Go on
              </button>
            ) : (
              <button
                type="button"
                class="primary"
                disabled={run.status === 'starting'}
                onClick={() => edits.pause()}
              >
                Pause
              </button>
            )}
            <button type="button" onClick={() => edits.stop()}>
              Stop
            </button>
          </>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={missing !== null}
            onClick={() => void studio.start()}
          >
            Start
          </button>
        )}
      </div>
      {isActive && run && (
        <progress max={run.numSteps} value={run.steps.length} aria-label="Steps of the edit" />
      )}
      <p class="status" role="status">
        {[run && statusLine(run), !isActive && missing].filter(Boolean).join(' ')}
      </p>
    </div>
  );
}

function statusLine(run: Run): string {
  const { status, steps, numSteps, failure, words } = run;
  const at = `step ${steps.length} of ${numSteps}`;
  switch (status) {
    case 'starting':
      return 'Starting…';
    case 'done':
      return `Done, ${numSteps} ${numSteps === 1 ? 'step' : 'steps'}${words.length > 0 ? `; the mask looked at ${words.join(', ')}` : ''}.`;
    case 'stopped':
      return `Stopped at ${at}; what was made is kept.`;
    case 'failed':
      return `${failure?.message ?? 'The edit failed'}.`;
    case 'paused':
      return `Paused at ${at}.`;
    case 'running':
      return `${at[0]?.toUpperCase()}${at.slice(1)}${paceLine(run)}`;
  }
}

function paceLine(run: Run): string {
  const pace = paceOf(run);
  if (!pace) return '';
  const { rate, left } = pace;
  const speed = rate >= 1 ? `${rate.toFixed(1)} steps a second` : `${(1 / rate).toFixed(1)} s a step`;
  return `, ${speed}, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`;
}
