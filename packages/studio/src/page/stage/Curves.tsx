import type { RunStore } from '../state/runStore.ts';
import { Chart } from './Chart.tsx';

/** What the method does, step by step: strength of the gradient, timesteps, attempts. */
export function Curves({ edits }: { edits: RunStore }) {
  const { value: run } = edits.run;
  if (!run || run.steps.length === 0) return null;
  const { steps, numSteps } = run;
  return (
    <div class="curves">
      <Chart
        title="std and threshold"
        numSteps={numSteps}
        lines={[
          { name: 'std', values: steps.map(({ std }) => std) },
          { name: 'threshold', values: steps.map(({ threshold }) => threshold) },
        ]}
      />
      <Chart
        title="timestep"
        numSteps={numSteps}
        lines={[{ name: 'timestep', values: steps.map(({ timestep }) => timestep) }]}
        isDotted
      />
      <Chart
        title="attempts"
        numSteps={numSteps}
        lines={[{ name: 'attempts', values: steps.map(({ attempts }) => attempts) }]}
      />
    </div>
  );
}
