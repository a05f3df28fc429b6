const WIDTH = 300;
const HEIGHT = 72;

interface Line {
  readonly name: string;
  /** One a step. */
  readonly values: readonly number[];
}

interface ChartProps {
  readonly title: string;
  /** Steps that there will be. */
  readonly numSteps: number;
  readonly lines: readonly Line[];
  readonly isDotted?: boolean;
}

/** Values over the steps, from 0 to the largest. */
export function Chart({ title, numSteps, lines, isDotted }: ChartProps) {
  const largest = Math.max(...lines.flatMap(({ values }) => values), Number.MIN_VALUE);
  const spoken = lines.map(({ name, values }) => `${name} ${format(values.at(-1) ?? 0)}`).join(', ');
  const x = (step: number) => ((step + 0.5) / numSteps) * WIDTH;
  const y = (value: number) => HEIGHT - (value / largest) * (HEIGHT - 4) - 2;
  return (
    <figure class="chart">
      <figcaption>
        {lines.map(({ name, values }, i) => (
          <span key={name} class={`series-${i}`}>
            {name} <b>{format(values.at(-1) ?? 0)}</b>
          </span>
        ))}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, now ${spoken}`}
      >
        {lines.map(({ name, values }, i) =>
          isDotted ? (
            <path
              key={name}
              class={`dots series-${i}`}
              d={values.map((value, step) => `M${x(step)} ${y(value)}h.01`).join('')}
            />
          ) : (
            <path
              key={name}
              class={`series-${i}`}
              d={values.map((value, step) => `${step === 0 ? 'M' : 'L'}${x(step)} ${y(value)}`).join('')}
            />
          ),
        )}
      </svg>
    </figure>
  );
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
