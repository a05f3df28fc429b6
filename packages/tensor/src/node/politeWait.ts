/**
 * Dawn's Node binding waits for the device by polling in every turn of the event loop, which keeps one core busy. On a
 * software adapter that core is needed for the kernels, so each turn sleeps for a short time while something is awaited
 * (measured: twice the speed on two cores).
 */
const FIRST_SLEEP_MS = 0.05;
const LONGEST_SLEEP_MS = 1;

const cell = new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;
let sleep = FIRST_SLEEP_MS;
let turning = false;

function turn(): void {
  turning = waiting > 0;
  if (!turning) return;
  Atomics.wait(cell, 0, 0, sleep);
  sleep = Math.min(LONGEST_SLEEP_MS, sleep * 1.2);
  setImmediate(turn);
}

/** Awaits `promise` without spinning; only for work that runs on a software adapter. */
export async function politeWait<T>(promise: Promise<T>): Promise<T> {
  waiting++;
  sleep = FIRST_SLEEP_MS;
  if (!turning) {
    turning = true;
    setImmediate(turn);
  }
  try {
    return await promise;
  } finally {
    waiting--;
  }
}
