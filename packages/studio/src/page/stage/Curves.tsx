import type { RunStore } from '../state/runStore.ts';
import { Chart } from './Chart.tsx';

/** What the method does, step by step: strength of the gradient, timesteps, attempts, as far as it has them. */
export function Curves({ edits }: { edits: RunStore }) {
  const { value: run } = edits.run;
  if (!run || run.steps.length === 0) return null;
  const { steps, numSteps } = run;
  const hasFilter = steps.some(({ threshold }) => threshold !== null && threshold > 0);
  const strength = [
    { name: 'std', values: steps.flatMap(({ std }) => std ?? []) },
    { name: 'threshold', values: hasFilter ? steps.flatMap(({ threshold }) => threshold ?? []) : [] },
  ].filter(({ values }) => values.length > 0);
  return (
    <div class="curves">
      {strength.length > 0 && (
        <Chart title={strength.map(({ name }) => name).join(' and ')} numSteps={numSteps} lines={strength} />
      )}
      <Chart
        title="timestep"
        numSteps={numSteps}
        lines={[{ name: 'timestep', values: steps.map(({ timestep }) => timestep) }]}
        isDotted
      />
      {hasFilter && (
        <Chart
          title="attempts"
          numSteps={numSteps}
          lines={[{ name: 'attempts', values: steps.map(({ attempts }) => attempts) }]}
        />
      )}
    </div>
  );
}
