import type { LayerKind } from './layerKinds.ts';
import type { FullSizeResult, PartMeasurement } from './protocol.ts';

/** Kinds below this share of a part's time are listed together. */
const SMALL_SHARE = 0.005;

/** A full-size run as Markdown. */
export function formatFullSize({ machine, loading, parts, edit, residentPeakBytes }: FullSizeResult): string {
  const kind = machine.software ? ' (a software adapter)' : '';
  return [
    `${machine.adapter}${kind}, bindings of ${mega(machine.bindingBytes)}`,
    `loading: ${loading.seconds.toFixed(1)} s, ${mega(loading.deviceBytes)} on the device, at most ${mega(loading.hostBytes)} of the host besides (largest tensor ${mega(loading.largestTensorBytes)})`,
    `peak resident memory of the process: ${mega(residentPeakBytes)}`,
    partTable([...parts, edit]),
    ...parts.flatMap(({ name, kinds }) =>
      kinds ? [`${name}, a second run by layer kind`, kindTable(kinds)] : [],
    ),
  ].join('\n\n');
}

function partTable(parts: readonly PartMeasurement[]): string {
  return table(
    ['', 's by the clock', 's of the processor / cores', 'device memory'],
    parts.map(({ name, seconds, cpuSeconds, devicePeakBytes }) => [
      name,
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
      mega(devicePeakBytes),
    ]),
  );
}

function kindTable(kinds: readonly LayerKind[]): string {
  const total = sumOf(kinds, 'total');
  const isSmall = ({ milliseconds }: LayerKind) => milliseconds < SMALL_SHARE * total.milliseconds;
  const listed = [
    ...kinds.filter((kind) => !isSmall(kind)),
    sumOf(kinds.filter(isSmall), 'everything else'),
    total,
  ];
  return table(
    ['layer kind', 'launches', 's', 'share', 'GFLOP', 'GFLOP/s'],
    listed.map(({ name, count, milliseconds, flops }) => [
      name,
      String(count),
      (milliseconds / 1000).toFixed(3),
      `${((100 * milliseconds) / total.milliseconds).toFixed(1)} %`,
      (flops / 1e9).toFixed(1),
      flops === 0 ? '' : (flops / 1e6 / milliseconds).toFixed(1),
    ]),
  );
}

function sumOf(kinds: readonly LayerKind[], name: string): LayerKind {
  const sum = (value: (kind: LayerKind) => number) => kinds.reduce((total, kind) => total + value(kind), 0);
  return {
    name,
    count: sum(({ count }) => count),
    milliseconds: sum(({ milliseconds }) => milliseconds),
    flops: sum(({ flops }) => flops),
  };
}

function mega(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map(line).join('\n');
}
