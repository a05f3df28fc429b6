import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostCost } from './host/protocol.ts';
import { type Machine, type Report, replaySpeedup } from './report.ts';
import type { Outcome, Timing } from './run.ts';

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

/** bench/results/<date>-<adapter>.json */
export function defaultResultsFile(adapter: string, date: Date): string {
  const time = date.toISOString().slice(0, 16).replaceAll(':', '');
  const slug = adapter
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return join(FOLDER, `${time}-${slug}.json`);
}

/** The fields of a stored report that later runs are compared with. */
interface StoredReport {
  readonly adapter: string;
  readonly cores: number;
  readonly cases: readonly { readonly name: string; readonly outcomes: Readonly<Record<string, Outcome>> }[];
  readonly host?: HostCost | null;
}

/** An earlier run. */
export class StoredResults {
  constructor(
    /** The file's name. */
    readonly name: string,
    private readonly report: StoredReport,
  ) {}

  get host(): HostCost | null {
    return this.report.host ?? null;
  }

  timingOf(caseName: string, contestant: string): Timing | null {
    const outcome = this.report.cases.find(({ name }) => name === caseName)?.outcomes[contestant];
    return outcome && !('reason' in outcome) ? outcome : null;
  }
}

/** The latest run that `folder` holds of such a machine; null if there is none. */
export function readLastResults({ adapter, cores }: Machine, folder = FOLDER): StoredResults | null {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  for (const name of files.sort().reverse()) {
    const report = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Partial<StoredReport>;
    if (!Array.isArray(report.cases) || report.adapter !== adapter || report.cores !== cores) continue;
    return new StoredResults(basename(name), report as StoredReport);
  }
  return null;
}

/** Writes the report with every single run; the file appears whole or not at all. */
export function writeResults(file: string, report: Report, date: Date): void {
  const { machine, contestants, results, host } = report;
  const cases = results.map(({ benchCase, outcomes }) => ({
    ...benchCase,
    outcomes: Object.fromEntries(outcomes.map((outcome, i) => [contestants[i]!.name, outcome])),
  }));
  const versions = Object.fromEntries(contestants.map(({ name, version }) => [name, version]));
  const json = {
    date: date.toISOString(),
    ...machine,
    versions,
    replaySpeedup: replaySpeedup(results),
    cases,
    host,
  };
  writeJson(file, json);
}

/** Writes `value` as JSON; the file appears whole or not at all. */
export function writeJson(file: string, value: unknown): void {
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a text; the file appears whole or not at all. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
