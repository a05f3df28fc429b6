import type { Task } from './tasks.ts';

/** What Chromium calls a long task, in milliseconds. */
const LONG = 50;
/** Parts of a task that are printed. */
const PARTS = 4;

/** A table of the longest tasks of each moment, over several visits: the median of the visits, and the worst. */
export function tableOf(visits: readonly (readonly Task[])[]): string {
  const moments = new Set(visits.flatMap((tasks) => tasks.map(({ moment }) => moment)));
  const rows = [...moments].map((moment) => {
    const own = visits.map((tasks) => tasks.filter((task) => task.moment === moment));
    const longest = (of: 'wall' | 'thread') =>
      own.map((tasks) => Math.max(0, ...tasks.map((task) => task[of])));
    const long = own.flat().filter(({ thread }) => thread > LONG).length;
    return `| ${moment} | ${figures(longest('thread'))} | ${long} | ${figures(longest('wall'))} |`;
  });
  return [
    '| | thread, median | worst | over 50 ms | wall, median | worst |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

/** The tasks that took the most thread time, a line each, with what they consisted of. */
export function longestTasks(tasks: readonly Task[], count: number): string {
  const longest = tasks.toSorted((a, b) => b.thread - a.thread).slice(0, count);
  return longest.map(lineOf).join('\n');
}

function lineOf({ moment, thread, wall, parts }: Task): string {
  const largest = parts.slice(0, PARTS).map((part) => `${part.name} ${part.thread.toFixed(1)}`);
  return `${thread.toFixed(1)} ms of thread time, ${wall.toFixed(1)} ms by the clock, ${moment}: ${largest.join(', ')}`;
}

function figures(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return `${middle.toFixed(1)} | ${(sorted.at(-1) ?? 0).toFixed(1)}`;
}
