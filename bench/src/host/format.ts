import { markdownTable } from '../markdown.ts';
import type { HostCost, Times } from './protocol.ts';

/** The host's cost, the kernels of a UNet call and the memory of edits as tables. */
export function formatHostCost(cost: HostCost): string {
  const { adapter, launches, edits } = cost;
  const row = (name: string, { wall, processor }: Times) => [name, wall.toFixed(2), processor.toFixed(2)];
  return [
    `Stable Diffusion 1.5, f16, 512 x 512, on ${adapter}, which computes nothing: ${launchesOf(cost)} launches a UNet call.`,
    markdownTable([
      ['ms of the host', 'by wall', 'processor time'],
      row('UNet call, batch 2, eager', cost.eager),
      row('the same, replayed', cost.replayed),
      row('iteration of LUSD, one draw', cost.iteration),
      row('200 small operations, eager', cost.smallEager),
      row('the same, replayed', cost.smallReplayed),
    ]),
    markdownTable([
      ['kernels of a UNet call', 'launches'],
      ...launches.map(({ name, count }) => [name, `${count}`]),
    ]),
    markdownTable([
      ['edit', 'peak GB', 'with previews'],
      ...edits.map(({ side, peakBytes, previewPeakBytes }) => [
        `${side} x ${side}`,
        gigabytes(peakBytes),
        gigabytes(previewPeakBytes),
      ]),
    ]),
  ].join('\n\n');
}

/** What an earlier run launched or held otherwise; empty if nothing. Times are left out: one run does not tell their spread. */
export function hostChanges(before: HostCost, now: HostCost): string[] {
  const changes: string[] = [];
  const compare = (name: string, old: number, recent: number, text: (value: number) => string) => {
    if (text(old) === text(recent)) return;
    changes.push(`${name}: ${text(old)} before, ${text(recent)} now, ${recent > old ? 'worse' : 'better'}`);
  };
  compare('launches of a UNet call', launchesOf(before), launchesOf(now), String);
  for (const { side, peakBytes } of now.edits) {
    const earlier = before.edits.find((edit) => edit.side === side);
    if (earlier) compare(`GB of an edit at ${side} x ${side}`, earlier.peakBytes, peakBytes, gigabytes);
  }
  return changes;
}

function launchesOf({ launches }: HostCost): number {
  return launches.reduce((sum, { count }) => sum + count, 0);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(2);
}
