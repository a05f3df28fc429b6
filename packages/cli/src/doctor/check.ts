import { type CheckResult, checkDevice } from '@lusd/tensor/check';
import { openQuietly } from '../device.ts';
import type { Log } from '../ui/log.ts';
import type { Section } from './section.ts';

/** What the checks of the kernels found, for machines. */
interface CheckData {
  readonly adapter: string;
  readonly webgpu: string;
  readonly seconds: number;
  readonly failed: number;
  readonly checks: readonly CheckResult[];
}

/** Runs every check of the kernels on the adapter; with `--json` also an event for each. */
export async function checkSection(
  adapter: string,
  log: Log,
  signal: AbortSignal,
): Promise<Section & { readonly data: CheckData }> {
  // The section about the adapter has warned of its faults.
  const device = await openQuietly(adapter, { debug: log.debug, warn: () => {} });
  try {
    const { name } = device.facts;
    log.event(
      'checking',
      { adapter: name },
      `Checking the kernels on ${name}; the first time takes some seconds.`,
    );
    const start = performance.now();
    const checks: CheckResult[] = [];
    for await (const check of checkDevice(device)) {
      signal.throwIfAborted();
      checks.push(check);
      log.event('check', check);
    }
    const seconds = (performance.now() - start) / 1000;
    const failed = checks.filter(({ passed }) => !passed).length;
    return sectionOf({ adapter: name, webgpu: device.webgpu, seconds, failed, checks });
  } finally {
    device.destroy();
  }
}

function sectionOf(data: CheckData): Section & { readonly data: CheckData } {
  const { adapter, webgpu, seconds, failed, checks } = data;
  const passed = checks.length - failed;
  return {
    title: 'Kernels',
    data,
    lines: [
      ['adapter', adapter],
      ['WebGPU', webgpu],
      ...tableOf(checks),
      ['in all', `${passed} of ${checks.length} passed, in ${seconds.toFixed(1)} s`],
    ],
    missing: [],
  };
}

/** A line for each check: its name, then columns. */
function tableOf(checks: readonly CheckResult[]): (readonly [name: string, value: string])[] {
  const rows = [['dtype', 'error', 'allowed', '', 'sizes'], ...checks.map(columnsOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const names = ['kernel', ...checks.map(({ name }) => name)];
  return rows.map((row, i) => [
    names[i]!,
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  ]);
}

function columnsOf({ dtype, error, tolerance, passed, variant, sizes, problem }: CheckResult): string[] {
  const what = [
    sizes,
    ...(variant === '' ? [] : [`(${variant})`]),
    ...(problem === null ? [] : [`: ${problem}`]),
  ];
  return [dtype, error.toExponential(1), tolerance.toExponential(1), passed ? 'ok' : 'WRONG', what.join(' ')];
}
