import { AdamW, Linear, mseLoss, openDevice, scope, tensor } from '@lusd/tensor';

const device = await openDevice({ log: null });
const layer = new Linear(1, 1);
const optimizer = new AdamW(layer.parameters(), { lr: 0.1, weightDecay: 0 });
const [x, y] = [tensor([[0], [1], [2]]), tensor([[1], [3], [5]])];
for (let i = 0; i < 300; i++) {
  scope(() => mseLoss(layer.forward(x), y).backward());
  optimizer.step();
  optimizer.zeroGrad();
}
console.log('2 x + 1 at 10:', Math.round(await scope(() => layer.forward(tensor([[10]]))).item()));
device.destroy();
