import { type PickedFile, pickedFolder, urlFolder } from '@lusd/sd-models';
import { type EditedShapes, editShapes } from './editShapes.ts';

/** What the test is told of one edit: its pixels, or why there are none. */
export type Report = EditedShapes | { readonly error: string };

/** Where the edits run: on the page and in a worker. */
export type Place = 'page' | 'worker';

declare const Worker: new (script: string, options: { readonly type: 'module' }) => unknown;

/** This script's own address. */
const { url } = import.meta;

async function report(place: Place, edited: Promise<EditedShapes>): Promise<void> {
  const told: Report = await edited.catch((error: Error) => ({ error: error.stack ?? error.message }));
  await fetch(`/report/${place}`, { method: 'POST', body: JSON.stringify(told) });
}

/** The model's files as an `<input type="file" webkitdirectory>` gives them. */
async function pickFiles(): Promise<PickedFile[]> {
  const paths = (await (await fetch('/files.json')).json()) as readonly string[];
  return Promise.all(
    paths.map(async (path) => {
      const file = new File([await (await fetch(`/${path}`)).blob()], path.replace(/^.*\//, ''));
      return Object.defineProperty(file, 'webkitRelativePath', { value: path }) as PickedFile;
    }),
  );
}

async function editPicked(): Promise<EditedShapes> {
  return editShapes(pickedFolder(await pickFiles()), 'auto');
}

if ('document' in globalThis) {
  await report('page', editShapes(urlFolder(new URL('/shapes/', url)), 'auto'));
  // One after the other, since both have the processor as their GPU. The worker runs this same script.
  new Worker(url, { type: 'module' });
} else {
  await report('worker', editPicked());
}
