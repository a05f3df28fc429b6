/** What is used of the trace events that Chromium writes. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  /** Start, in microseconds. */
  readonly ts: number;
  /** Wall time and thread time of a complete event (`ph` X), in microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly data?: unknown };
}

/** What a task spent its time on, without what is inside it and named apart. */
export interface Part {
  readonly name: string;
  /** In milliseconds. */
  readonly wall: number;
  readonly thread: number;
}

/** A task of a page's main thread. */
export interface Task {
  /** The last mark before its end. */
  readonly moment: string;
  /** By the clock, in milliseconds: with the time in which the thread waited, or other threads had its processor. */
  readonly wall: number;
  /** In which the thread ran, in milliseconds. */
  readonly thread: number;
  /** The largest first, by thread time. */
  readonly parts: readonly Part[];
}

/** What the marks that begin a moment are called. */
export const MOMENT = 'moment: ';

interface Complete extends TraceEvent {
  readonly dur: number;
}

/**
 * The tasks of the main threads on which `performance.mark` named moments.
 * @param events with the categories {@link CATEGORIES}
 */
export function tasksOf(events: readonly TraceEvent[]): Task[] {
  const marks = events.filter(({ name, ph }) => name.startsWith(MOMENT) && ph !== 'X').sort(byStart);
  const threads = new Map(marks.map((mark) => [`${mark.pid} ${mark.tid}`, mark]));
  return [...threads.values()].flatMap(({ pid, tid }) => {
    const own = events.filter((event) => event.pid === pid && event.tid === tid).filter(isComplete);
    return tasksOfThread(own.sort(byStart), marks);
  });
}

/** The categories that the tasks are made from. */
export const CATEGORIES = [
  '-*',
  'toplevel',
  'blink.user_timing',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
];

/** @param events of one thread, in the order of their starts */
function tasksOfThread(events: readonly Complete[], marks: readonly TraceEvent[]): Task[] {
  const tasks: Complete[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.ts < end) tasks.at(-1)?.push(event);
    else if (event.name === 'RunTask' || event.name === 'ThreadControllerImpl::RunTask') {
      tasks.push([event]);
      end = event.ts + event.dur;
    }
  }
  return tasks.map((inside) => taskOf(inside, marks));
}

function taskOf(events: readonly Complete[], marks: readonly TraceEvent[]): Task {
  const [whole] = events;
  if (!whole) throw new Error('a task has at least its own event');
  const end = whole.ts + whole.dur;
  const mark = marks.findLast(({ ts }) => ts <= end);
  const moment = mark?.name.slice(MOMENT.length) ?? 'before the first mark';
  return { moment, ...timesOf(whole), parts: partsOf(events) };
}

/** Times by name, each without those of the events inside. @param events nested, the outermost first */
function partsOf(events: readonly Complete[]): Part[] {
  const parts = new Map<string, Part>();
  const add = (name: string, wall: number, thread: number) => {
    const before = parts.get(name) ?? { name, wall: 0, thread: 0 };
    parts.set(name, { name, wall: before.wall + wall, thread: before.thread + thread });
  };
  const open: Complete[] = [];
  for (const event of events) {
    while (open.length > 0 && endOf(open.at(-1)!) <= event.ts) open.pop();
    const outer = open.at(-1);
    const { wall, thread } = timesOf(event);
    add(nameOf(event), wall, thread);
    if (outer) add(nameOf(outer), -wall, -thread);
    open.push(event);
  }
  return [...parts.values()].sort((a, b) => b.thread - a.thread);
}

function endOf({ ts, dur }: Complete): number {
  return ts + dur;
}

/** On a virtual machine the clock of a thread may leap; the time that it ran is no longer than the time that passed. */
function timesOf({ dur, tdur = 0 }: Complete): { readonly wall: number; readonly thread: number } {
  return { wall: dur / 1000, thread: Math.min(tdur, dur) / 1000 };
}

/** A call of a script with where it begins. */
function nameOf({ name, args }: TraceEvent): string {
  const { functionName = '', url = '', lineNumber = 0, columnNumber = 0 } = callOf(args?.data);
  const file = url.split('/').at(-1);
  return name === 'FunctionCall' ? `${name} ${functionName} ${file}:${lineNumber}:${columnNumber}` : name;
}

interface Call {
  readonly functionName?: string;
  readonly url?: string;
  readonly lineNumber?: number;
  readonly columnNumber?: number;
}

function callOf(data: unknown): Call {
  return typeof data === 'object' && data !== null ? data : {};
}

function isComplete(event: TraceEvent): event is Complete {
  return event.ph === 'X' && event.dur !== undefined;
}

function byStart(a: TraceEvent, b: TraceEvent): number {
  return a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0);
}
