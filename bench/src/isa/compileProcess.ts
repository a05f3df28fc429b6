/** Launches kernels on the GPU that its environment names, and says of each pipeline where it was first asked for. */
import { openDevice } from '@lusd/tensor';
import { CASES } from '../cases.ts';
import { libraryOn } from '../ours.ts';
import { runFullSizeEdit } from './fullSizeEdit.ts';
import type { CompileMessage, CompileResult } from './protocol.ts';
import { Sites } from './sites.ts';

/** The GPU computes nothing: whatever it is asked comes out wrong. */
const openUnprobed = () => openDevice({ adapter: 'gpu', log: null, probe: false });

async function compileAll(): Promise<CompileResult> {
  const sites = new Sites();
  const device = await openUnprobed();
  const { name, matrixUnit } = device.facts;
  await runFullSizeEdit(device, sites);
  device.destroy();
  await compileInF32(sites);
  return { adapter: name, matrixUnit, sites: sites.sites };
}

/** The benchmark's operations: products, convolutions, attention, norms and softmax. */
async function compileInF32(sites: Sites): Promise<void> {
  const device = await openUnprobed();
  const library = libraryOn(device, 'f32');
  sites.watch(device);
  for (const benchCase of CASES.filter(({ operation }) => operation.op !== 'edit')) {
    const prepared = await library.prepare(benchCase);
    sites.at({ part: 'f32', layer: '', operands: benchCase.name }, () => prepared.run());
    await prepared.dispose();
  }
  await library.sync();
  device.destroy();
}

/** The process ends when the message is out. */
function report(message: CompileMessage): void {
  process.send!(message, undefined, {}, () => process.exit());
}

compileAll().then(
  (result) => report({ result }),
  (error: unknown) =>
    report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
