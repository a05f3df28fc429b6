import { availableParallelism } from 'node:os';
import { CASES, type Case } from './cases.ts';
import { changesSince } from './compare.ts';
import { type Contestant, findContestants, PEERS_COMMAND, peersInstalled } from './contestants.ts';
import { fullSizeCommand } from './fullSize/command.ts';
import { hostCommand, hostProcess, measureHostCost } from './host/command.ts';
import { formatHostCost, hostChanges } from './host/format.ts';
import type { HostCost } from './host/protocol.ts';
import { isaCommand } from './isa/command.ts';
import { memoryCommand } from './memory/command.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { plot } from './plot.ts';
import { formatChanges, formatReport, type Machine, type Report } from './report.ts';
import { defaultResultsFile, readLastResults, writeResults, writeWhole } from './results.ts';
import { type CaseResult, runCase } from './run.ts';
import { Team } from './team.ts';

/** Cases larger than this take minutes on a software adapter. */
const SOFTWARE_FLOPS = 10e9;

function selectCases({ only, large }: Options, software: boolean): readonly Case[] {
  const feasible = CASES.filter(({ flops }) => large || !software || (flops ?? 0) <= SOFTWARE_FLOPS);
  if (only.length === 0) return feasible;
  const cases = feasible.filter(({ name }) => only.some((text) => name.includes(text)));
  if (cases.length > 0) return cases;
  throw new Error(
    `--only: no case that this adapter can run without --large has '${only.join("' or '")}' in its name`,
  );
}

function selectContestants({ library }: Options, all: readonly Contestant[]): readonly Contestant[] {
  const [ours, ...others] = all;
  const wanted = others.filter(
    ({ name }) => library.length === 0 || library.some((text) => name.includes(text)),
  );
  return [ours!, ...wanted];
}

async function runAll(
  cases: readonly Case[],
  contestants: readonly Contestant[],
  team: Team,
  runs: number,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [i, benchCase] of cases.entries()) {
    console.error(`${i + 1}/${cases.length} ${benchCase.name}`);
    results.push(await runCase(benchCase, contestants, team, runs));
  }
  return results;
}

function printHeader(machine: Machine, contestants: readonly Contestant[], all: readonly Contestant[]): void {
  const kind = machine.software ? ' (a software adapter)' : '';
  console.log(`${machine.adapter}${kind}, ${machine.cores} cores, Node ${machine.node}`);
  console.log([...new Set(contestants.map(({ version }) => version))].join(', '));
  if (!peersInstalled(all)) console.log(`Peers are missing; add them with: ${PEERS_COMMAND}`);
}

/** The host's cost on the null GPU; null where that cannot be set up, which is said. */
async function tryHostCost(): Promise<HostCost | null> {
  console.error("the host's cost, on a GPU that computes nothing");
  try {
    return await measureHostCost(await hostProcess());
  } catch (error) {
    console.log(`\nThe host's cost was not measured: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function comparison({ machine, contestants, results, host }: Report): string {
  const last = readLastResults(machine);
  if (!last) return 'No earlier run on this adapter is stored to compare with.';
  const ours = contestants.map(({ name }) => name).filter((name) => name.startsWith('ours'));
  const changes = formatChanges(changesSince(last, machine, results, ours), last.name);
  const ofHost = host && last.host ? hostChanges(last.host, host) : [];
  return [changes, ...ofHost].join('\n');
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'full-size') return fullSizeCommand(rest);
  if (command === 'isa') return isaCommand(rest);
  if (command === 'host') return hostCommand(rest);
  if (command === 'memory') return memoryCommand(rest);
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const installed = findContestants();
  const contestants = selectContestants(options, installed);
  const team = new Team(options.adapter);
  try {
    const { adapter, software } = await team.adapterOf(contestants[0]!);
    const machine = { adapter, software, cores: availableParallelism(), node: process.versions.node };
    const cases = selectCases(options, software);
    printHeader(machine, contestants, installed);

    const results = await runAll(cases, contestants, team, options.runs);
    const host = options.only.length === 0 ? await tryHostCost() : null;
    const report = { machine, contestants, results, host };
    console.log(`\n${formatReport(report)}`);
    if (host) console.log(`\n${formatHostCost(host)}`);
    console.log(`\n${comparison(report)}`);
    const date = new Date();
    const file = options.json ?? defaultResultsFile(adapter, date);
    writeResults(file, report, date);
    const picture = file.replace(/(\.json)?$/, '.svg');
    writeWhole(picture, plot(report));
    console.log(`\nEvery run: ${file}\nPlot: ${picture}`);
  } finally {
    team.disband();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
