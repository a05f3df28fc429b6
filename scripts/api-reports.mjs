// Reports the public types of every entry in the packages' `exports`, from the built declarations, one file an entry in
// api/, and fails where an exported name has no doc comment. With --check it changes nothing, and fails also where api/
// is out of date. Needs a build: npm run api, npm run api:check
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { ENTRIES } from './entries.mjs';

const REPORTS = resolve('api');
const checking = process.argv.includes('--check');
const temporary = mkdtempSync(join(tmpdir(), 'lusd-api-'));

/** sd-models.node.api.md for @lusd/sd-models/node. */
function reportOf({ name }) {
  return `${name.replace('@lusd/', '').replaceAll('/', '.')}.api.md`;
}

function configOf(entry) {
  const { folder, declarations } = entry;
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: reportOf(entry),
        reportFolder: REPORTS,
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'none', addToApiReportFile: true },
          // Reports mark these; listed once more, with line numbers, they would change with every edit.
          'ae-undocumented': { logLevel: 'none' },
          // Everything is public here.
          'ae-missing-release-tag': { logLevel: 'none' },
          // typedoc follows links, also to the package's other entries.
          'ae-unresolved-link': { logLevel: 'none' },
        },
        // Comments are Markdown, as editors and typedoc read them, not strict TSDoc.
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
}

/** Writes or compares a report; true where it is as committed. */
function extract(entry) {
  const result = Extractor.invoke(configOf(entry), {
    localBuild: !checking,
    messageCallback: (message) => {
      message.handled = message.logLevel !== 'error';
    },
  });
  if (result.errorCount > 0) throw new Error(`API Extractor cannot read ${entry.declarations}; see above.`);
  return !result.apiReportChanged;
}

/** Exported names that have no doc comment, as the report marks them. */
function undocumentedNames(report) {
  const text = readFileSync(join(temporary, report), 'utf8');
  const marked = /^\/\/ @\w+ .*\(undocumented\)\nexport (?:declare |abstract )*(?:\w+) (\w+)/gm;
  return Array.from(text.matchAll(marked), ([, name]) => name);
}

/** Reports of entries that are gone. */
function staleReports() {
  const wanted = ENTRIES.map(reportOf);
  return readdirSync(REPORTS).filter((file) => !wanted.includes(file));
}

function requireDocumentation() {
  for (const report of ENTRIES.map(reportOf)) {
    const names = undocumentedNames(report);
    if (names.length === 0) continue;
    console.error(`${report}: without a doc comment: ${names.join(', ')}; write one for each.`);
    process.exitCode = 1;
  }
}

function check() {
  const files = [...ENTRIES.filter((entry) => !extract(entry)).map(reportOf), ...staleReports()];
  if (files.length === 0) return;
  console.error(
    `api/ differs from the packages' public types (${files.join(', ')}): run \`npm run api\` and commit api/.`,
  );
  process.exitCode = 1;
}

function write() {
  for (const file of staleReports()) rmSync(join(REPORTS, file));
  for (const entry of ENTRIES) extract(entry);
}

try {
  mkdirSync(REPORTS, { recursive: true });
  if (checking) check();
  else write();
  requireDocumentation();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
