import type { Studio } from './state/studio.ts';

/** Takes a picture that is dropped anywhere on the page, or pasted. */
export function takePictures(page: Document, studio: Studio): void {
  const take = (data: DataTransfer | null) => {
    const file = pictureOf(data);
    if (file && !studio.edits.isActive.value) void studio.loadPicture(file, file.name);
  };
  page.addEventListener('dragover', (event) => event.preventDefault());
  page.addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer);
  });
  page.addEventListener('paste', (event) => take(event.clipboardData));
}

/** The first picture among what was dropped or pasted; null if there is none. */
function pictureOf(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/')) ?? null;
}
