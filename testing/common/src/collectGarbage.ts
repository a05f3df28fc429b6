import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Runs a full garbage collection. Finalizers run in a later task. */
export const collectGarbage = runInNewContext('gc') as () => void;
