import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSection } from '../documentSection.ts';
import { writeJson } from '../results.ts';
import { compileFamily, type FamilyResult } from './compileFamily.ts';
import { FAMILIES, type Family } from './families.ts';
import { NullGpu } from './nullGpu.ts';
import { formatForDocument, formatReport, placeOf, toJson } from './report.ts';

const DOCUMENT = 'performance.md';
const DOCUMENT_COMMAND = 'npm run bench -- isa --markdown';

/** `isa` of the benchmark: see USAGE in options.ts. @throws Error naming what is wrong or what is missing */
export async function isaCommand(args: string[]): Promise<void> {
  const options = parse(args);
  const nullGpu = await NullGpu.setUp();
  const results: FamilyResult[] = [];
  for (const family of options.families) {
    console.error(`compiling for ${family.name}`);
    results.push(await compileFamily(family, nullGpu, options.dump === null ? 'code' : 'everything'));
  }
  const shown = results.map((result) => only(result, options.only));
  if (shown.every(({ kernels }) => kernels.length === 0))
    throw new Error(`--only: no kernel has '${options.only}' in its name, or in what launched it first`);
  if (options.dump !== null) for (const result of shown) dump(result, options.dump);
  if (options.json !== null) writeJson(options.json, toJson(shown));
  if (options.markdown) writeSection(DOCUMENT, DOCUMENT_COMMAND, formatForDocument(shown));
  else console.log(formatReport(shown));
}

interface IsaOptions {
  readonly families: readonly Family[];
  /** Part of a kernel's name or of what launched it. */
  readonly only: string;
  readonly dump: string | null;
  readonly json: string | null;
  /** Whether the tables go into the document. */
  readonly markdown: boolean;
}

function parse(args: string[]): IsaOptions {
  const { values } = parseArgs({
    args,
    options: {
      family: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', default: '' },
      dump: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
    },
  });
  const { family, only, dump, json, markdown } = values;
  if (markdown && (family.length > 0 || only !== ''))
    throw new Error(
      `--markdown: docs/${DOCUMENT} shows all families and kernels; leave --family and --only out`,
    );
  return { families: chooseFamilies(family), only, dump: pathOf(dump), json: pathOf(json), markdown };
}

function chooseFamilies(names: readonly string[]): readonly Family[] {
  const known = FAMILIES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--family: wants one of ${known.join(', ')}, got '${unknown}'`);
  return FAMILIES.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** As the caller of npm meant it. */
function pathOf(path: string | undefined): string | null {
  return path === undefined ? null : resolve(process.env.INIT_CWD ?? '.', path);
}

function only(result: FamilyResult, text: string): FamilyResult {
  const kernels = result.kernels.filter((kernel) =>
    `${kernel.site.kernel} ${placeOf(kernel)} ${kernel.site.layer}`.includes(text),
  );
  return { ...result, kernels };
}

/** What the driver printed: FOLDER/family/number-kernel.txt. */
function dump({ family, kernels }: FamilyResult, to: string): void {
  const folder = join(to, family.name);
  mkdirSync(folder, { recursive: true });
  for (const [i, kernel] of kernels.entries()) {
    const { site } = kernel;
    const name = `${String(i + 1).padStart(3, '0')}-${site.kernel}.txt`;
    writeFileSync(join(folder, name), `${site.kernel}, ${placeOf(kernel)} ${site.layer}\n\n${kernel.output}`);
  }
}
