import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What stands between backquotes, outside blocks of code. */
function codeSpans(text: string): string[] {
  return Array.from(text.replace(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g), ([, span]) => span!);
}

/** Whether a span means a file or a folder: it ends as one does. Names of npm packages begin with `@` or `.`. */
function isPath(span: string): boolean {
  return /^[\w-][\w./-]*\/(?:[\w.-]+\.(?:ts|js|mjs|sh|py|md|json|safetensors))?$/.test(span);
}

/** The files that the commands in blocks of code name: `npm test -w <folder> -- <file>`. */
function testedFiles(text: string): string[] {
  return Array.from(text.matchAll(/npm test -w (\S+) -- (\S+)/g), ([, folder, file]) => join(folder!, file!));
}

/** The files that a document links to. */
function linkedFiles(document: string): string[] {
  const links = Array.from(read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g), ([, target]) => target!);
  return links.filter((link) => !link.includes('://')).map((link) => join(dirname(document), link));
}

/** The names of what is published. */
const PACKAGES = new Set(['lusd', '@lusd/lusd', '@lusd/sd-models', '@lusd/studio', '@lusd/tensor']);

interface Walk {
  readonly title: string;
  readonly rows: readonly (readonly [number: string, file: string, quoted: readonly string[]])[];
}

/** The numbered tables of files, by the headings above them. */
function walksOf(text: string): Walk[] {
  return text.split(/^#+ /m).flatMap((section) => {
    const rows = Array.from(
      section.matchAll(/^\| (\d+) \| `([^`]+)` \| (.*) \|$/gm),
      ([, number, file, what]) => [number!, file!, codeSpans(what!)] as const,
    );
    return rows.length > 0 ? [{ title: section.split('\n', 1)[0]!, rows }] : [];
  });
}

describe.each(['CONTRIBUTING.md', 'docs/architecture.md'])('%s', (document) => {
  test('names only files and folders that are there', () => {
    const text = read(document);
    const named = [...codeSpans(text).filter(isPath), ...testedFiles(text), ...linkedFiles(document)];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe.each(walksOf(read('docs/architecture.md')))('the walk: $title', ({ title, rows }) => {
  test('meets each file once', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, i) => i + 1));
    expect(new Set(rows.map(([, file]) => file)).size).toBe(rows.length);
    if (title.includes('--lr')) expect(rows.length).toBeLessThanOrEqual(14);
  });

  test('quotes what the files say', () => {
    const missing = rows.flatMap(([, file, quoted]) => {
      const text = read(file);
      return quoted.filter((words) => !text.includes(words)).map((words) => `${file}: ${words}`);
    });
    expect(missing).toEqual([]);
  });
});

test('there are four walks', () => {
  expect(walksOf(read('docs/architecture.md'))).toHaveLength(4);
});

describe.each(['cli', 'lusd', 'sd-models', 'tensor'])("packages/%s's README", (folder) => {
  const { name } = JSON.parse(read(`packages/${folder}/package.json`)) as { name: string };
  const text = read(`packages/${folder}/README.md`);

  test('is headed by the name of the package', () => {
    expect(text.split('\n', 1)).toEqual([`# ${name}`]);
  });

  test('installs and imports no package of ours by a name that it does not have', () => {
    const imported = text.matchAll(/from '(@lusd\/[\w-]+)/g);
    const installed = text.matchAll(/npm install (?:--\S+ )*((?:@lusd\/|lusd)[\w-]*)/g);
    const named = [...imported, ...installed].map(([, ours]) => ours!);
    expect(named.filter((ours) => !PACKAGES.has(ours))).toEqual([]);
  });
});
