/** How long a browser may take to begin with a download, in milliseconds. */
const PATIENCE = 60_000;

/** Offers a file for download. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
}
