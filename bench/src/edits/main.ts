/**
 * Measures LUSD, LUSD without each of its parts, and the other methods of score distillation on drawn pictures, and writes
 * the tables of docs/edits.md.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadStableDiffusion } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';
import { writeDocument } from './document.ts';
import { countBoth, type Measured, type MethodResults, measureMethod } from './measure.ts';
import { METHODS_MEASURED } from './methods.ts';
import { resultsFolder } from './store.ts';

const WEIGHTS = fileURLToPath(new URL('../../../weights/shapes/', import.meta.url));

const USAGE = `npm run bench:edits -- [options]

  --adapter NAME   auto, gpu, lavapipe, swiftshader, or a part of the adapter's name (default auto)
  --only NAME      only this method: ${METHODS_MEASURED.map(({ name }) => name).join(', ')}; leaves docs/edits.md as it is
  --first N        only the first N edits of each set, to try; leaves docs/edits.md as it is

Edits that bench/results holds for these weights and settings are not made again.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string', default: 'auto' },
      only: { type: 'string' },
      first: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const methods = METHODS_MEASURED.filter(({ name }) => values.only === undefined || name === values.only);
  if (methods.length === 0)
    throw new Error(`--only must be one of ${METHODS_MEASURED.map(({ name }) => name).join(', ')}`);

  const first = values.first === undefined ? Number.POSITIVE_INFINITY : Number(values.first);
  if (!(first >= 1)) throw new Error(`--first must be a number from 1, but is ${values.first}`);
  const device = await openDevice({ adapter: values.adapter, log: null });
  try {
    using pipeline = await loadStableDiffusion(WEIGHTS);
    const folder = resultsFolder(WEIGHTS);
    const results: MethodResults[] = [];
    for (const method of methods) results.push(await measureMethod(pipeline, method, folder, first));
    for (const { test } of results) console.log(summary(test));
    if (values.only === undefined && values.first === undefined)
      writeDocument(results, `${device.facts.name}, ${availableParallelism()} cores`);
  } finally {
    device.destroy();
  }
}

function summary({ method, settings, rows }: Measured): string {
  return `${method.title} ${JSON.stringify(settings)}: ${countBoth(rows)} of ${rows.length} right, background kept`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
