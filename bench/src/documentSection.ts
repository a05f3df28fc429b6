import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const END = '<!-- end -->';

/**
 * Puts `text` into a document of `docs/`, between the mark `<!-- begin: COMMAND -->` of the command that writes it and
 * the next `<!-- end -->`.
 * @throws Error if the marks are missing
 */
export function writeSection(document: string, command: string, text: string): void {
  const file = fileURLToPath(new URL(`../../docs/${document}`, import.meta.url));
  const begin = `<!-- begin: ${command} -->`;
  const old = readFileSync(file, 'utf8');
  const start = old.indexOf(begin);
  const end = old.indexOf(END, start);
  if (start < 0 || end < 0)
    throw new Error(`docs/${document} lacks the marks '${begin}' and '${END}'; add them`);
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${old.slice(0, start + begin.length)}\n\n${text}\n\n${old.slice(end)}`);
  renameSync(temporary, file);
}
