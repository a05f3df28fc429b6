/**
 * Dawn's Node binding waits for the device by re-queueing itself with `setImmediate`, which keeps one core busy.
 * On a software adapter that core is needed for the kernels, so while something is awaited each of Dawn's
 * turns is preceded by a short sleep (measured: twice the speed on two cores).
 */
const FIRST_SLEEP_MS = 0.05;
const LONGEST_SLEEP_MS = 1;

const cell = new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;
let sleep = FIRST_SLEEP_MS;
const original = globalThis.setImmediate;

function isNative(callback: { name: string }): boolean {
  return callback.name === '' && Function.prototype.toString.call(callback).includes('[native code]');
}

function politeSetImmediate<A extends unknown[]>(
  callback: (...args: A) => void,
  ...args: A
): NodeJS.Immediate {
  if (!isNative(callback)) return original(callback, ...args);
  return original(
    (...rest: A) => {
      Atomics.wait(cell, 0, 0, sleep);
      sleep = Math.min(LONGEST_SLEEP_MS, sleep * 1.2);
      callback(...rest);
    },
    ...args,
  );
}

/** Awaits `promise` without spinning; only for work that runs on a software adapter. */
export async function politeWait<T>(promise: Promise<T>): Promise<T> {
  if (waiting++ === 0) {
    globalThis.setImmediate = Object.assign(politeSetImmediate, { __promisify__: original.__promisify__ });
  }
  sleep = FIRST_SLEEP_MS;
  try {
    return await promise;
  } finally {
    if (--waiting === 0) globalThis.setImmediate = original;
  }
}
