import { openEditor, pngOf } from '@lusd/studio';

/** Edits a picture in a worker, as README.md shows it. */
export async function matcha(cup: Blob, progress: HTMLProgressElement, signal: AbortSignal): Promise<Blob> {
  const editor = await openEditor('/models/stable-diffusion-v1-5/');
  const edited = await editor.edit(
    { image: cup, source: 'a cup of coffee', target: 'a cup of matcha' },
    {
      signal,
      onEvent: (event) => {
        if (event.kind === 'step') progress.value = (event.iteration + 1) / 300;
      },
    },
  );
  editor.close();
  return pngOf(edited);
}
