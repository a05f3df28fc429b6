import { Classifier } from '../../examples/classifier/network.ts';
import { train } from '../../examples/classifier/training.ts';
import { openDevice } from '../../src/index.ts';
import { initializeClassifier } from '../support/classifier.ts';

/** What the page tells the test: the adapter and the losses, or why there are none. */
export type Report =
  | { readonly adapter: string; readonly losses: readonly number[] }
  | { readonly error: string };

const STEPS = 50;

async function trainedLosses(): Promise<Report> {
  const device = await openDevice({ log: null });
  using network = new Classifier();
  initializeClassifier(network);
  const losses: number[] = [];
  for await (const loss of train(network, STEPS, 1)) losses.push(loss);
  return { adapter: device.facts.name, losses };
}

const report = await trainedLosses().catch(
  (error: Error): Report => ({ error: error.stack ?? error.message }),
);
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
