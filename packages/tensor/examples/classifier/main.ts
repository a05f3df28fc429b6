// Trains a small network on pictures that it draws, and prints its loss. Run: npx tsx packages/tensor/examples/classifier/main.ts
import { openDevice } from '../../src/index.ts';
import { Classifier } from './network.ts';
import { accuracy, train } from './training.ts';

const device = await openDevice();
const network = new Classifier();
let step = 0;
for await (const loss of train(network, 100, 1)) {
  if (++step % 10 === 0) console.log(`step ${step}: loss ${loss.toFixed(4)}`);
}
console.log(`accuracy on 512 new pictures: ${(100 * (await accuracy(network, 512, 2))).toFixed(1)} %`);
device.destroy();
