/** One row of the demo's page; pictures are file names next to it. */
export interface PageRow {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly before: string;
  readonly after: string;
  /** The words that the mask was made from. */
  readonly words: readonly string[];
  readonly seconds: number;
}

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
  section { display: flex; gap: 1rem; align-items: center; margin: 1.5rem 0; flex-wrap: wrap; }
  figure { margin: 0; width: 16rem; }
  img { width: 16rem; height: 16rem; image-rendering: pixelated; border-radius: 4px; }
  mark { background: #ffe08a; }
  p, figcaption { color: #444; }
  @media (prefers-color-scheme: dark) { body { background: #181818; color: #eee; } p, figcaption { color: #bbb; } }
`;

/** A page with every picture before and after. */
export function demoPage(rows: readonly PageRow[], settings: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LUSD on drawn pictures</title>
<style>${STYLE}</style>
<h1>LUSD on drawn pictures</h1>
<p>${escapeHtml(settings)} The words that the mask looked at are marked.</p>
${rows.map(section).join('\n')}
</html>
`;
}

function section({ name, source, target, before, after, words, seconds }: PageRow): string {
  return `<section id="${escapeHtml(name)}">
  <figure><img src="${escapeHtml(before)}" alt="${escapeHtml(source)}"><figcaption>${escapeHtml(source)}</figcaption></figure>
  <figure><img src="${escapeHtml(after)}" alt="${escapeHtml(target)}"><figcaption>${markWords(target, words)}</figcaption></figure>
  <p>${seconds.toFixed(1)} s</p>
</section>`;
}

function markWords(text: string, words: readonly string[]): string {
  return text
    .split(' ')
    .map((word) => (words.includes(word) ? `<mark>${escapeHtml(word)}</mark>` : escapeHtml(word)))
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
