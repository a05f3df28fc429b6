import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { coresOf, keepOn, threadsOf } from '../scripts/trace/cores.ts';
import { longestTasks, tableOf } from '../scripts/trace/report.ts';
import { MOMENT, type TraceEvent, tasksOf } from '../scripts/trace/tasks.ts';

const MAIN = { pid: 7, tid: 1 };

/** Something that took a time, in milliseconds. */
function span(
  name: string,
  start: number,
  wall: number,
  thread: number,
  args?: TraceEvent['args'],
): TraceEvent {
  const times = { ts: 1000 * start, dur: 1000 * wall, tdur: 1000 * thread };
  return { ...MAIN, name, ph: 'X', ...times, ...(args && { args }) };
}

function mark(name: string, at: number): TraceEvent {
  return { ...MAIN, name: MOMENT + name, ph: 'I', ts: 1000 * at };
}

const call = {
  data: { functionName: 'paint', url: 'http://here/assets/page.js', lineNumber: 3, columnNumber: 9 },
};
const EVENTS = [
  span('Layout', 25, 10, 1),
  span('RunTask', 20, 130, 6),
  span('ThreadControllerImpl::RunTask', 20, 129, 6),
  span('FunctionCall', 40, 60, 4, call),
  span('Layout', 50, 2, 1),
  mark('load', 0),
  mark('start', 100),
  span('RunTask', 5, 3, 2),
  { ...span('RunTask', 6, 500, 500), tid: 2 },
];

test('a task is told with its thread time and its parts, each without what is inside it', () => {
  const [first, second, ...others] = tasksOf(EVENTS);
  expect(others).toEqual([]);
  expect(first).toEqual({
    ...{ moment: 'load', wall: 3, thread: 2 },
    parts: [{ name: 'RunTask', wall: 3, thread: 2 }],
  });
  expect(second).toMatchObject({ moment: 'start', wall: 130, thread: 6 });
  expect(second?.parts).toEqual([
    { name: 'FunctionCall paint page.js:3:9', wall: 58, thread: 3 },
    { name: 'Layout', wall: 12, thread: 2 },
    { name: 'ThreadControllerImpl::RunTask', wall: 59, thread: 1 },
    { name: 'RunTask', wall: 1, thread: 0 },
  ]);
});

test('the table has the median and the worst of the visits', () => {
  const visit = (thread: number) => [{ moment: 'start', wall: 2 * thread, thread, parts: [] }];
  const [, , row] = tableOf([visit(60), visit(10), visit(20)]).split('\n');
  expect(row).toBe('| start | 20.0 | 60.0 | 1 | 40.0 | 120.0 |');
});

test('the longest tasks are those with the most thread time', () => {
  const [line, ...others] = longestTasks(tasksOf(EVENTS), 1).split('\n');
  expect(others).toEqual([]);
  expect(line).toBe(
    '6.0 ms of thread time, 130.0 ms by the clock, start: FunctionCall paint page.js:3:9 3.0, Layout 2.0, ThreadControllerImpl::RunTask 1.0, RunTask 0.0',
  );
});

test.runIf(process.platform === 'linux')(
  'a thread is kept on a core, and one that has ended is none',
  async () => {
    const child = spawn('sleep', ['60']);
    const id = child.pid ?? 0;
    keepOn(id, '0');
    expect(execFileSync('taskset', ['-c', '-p', String(id)], { encoding: 'utf8' })).toMatch(/list: 0$/m);
    expect([coresOf(id), threadsOf(id)]).toEqual(['0', [id]]);
    child.kill();
    await once(child, 'close');
    keepOn(id, '0');
    expect([coresOf(id), threadsOf(id)]).toEqual([null, []]);
  },
);
