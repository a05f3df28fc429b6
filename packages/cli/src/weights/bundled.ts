import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../ui/errors.ts';

/** Where `weights/` is: next to the built program, or in the repository for the sources. */
const PLACES = ['./weights/', '../../../../weights/'];
const MARKER = 'stable-diffusion-v1-5.fp16.json';

/** The folder of the manifests and of the model that ships. @throws CliError if the installation lacks it */
export function bundledWeights(): string {
  for (const place of PLACES) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(join(folder, MARKER))) return folder;
  }
  throw new CliError('the installation of lusd lacks its weights folder; install it again');
}

/** The small model of drawn shapes, in the diffusers layout. @throws CliError if it is missing */
export function shapesModel(): string {
  const folder = join(bundledWeights(), 'shapes');
  if (existsSync(join(folder, 'model_index.json'))) return folder;
  throw new CliError(
    'this copy of lusd does not include the shapes model (weights/shapes); train it with the scripts in reference/shapes, or use other weights',
  );
}
