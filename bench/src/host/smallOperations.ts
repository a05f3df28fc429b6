import { capture, type Device, noGrad, scope, type Tensor, zeros } from '@lusd/tensor';

const COUNT = 200;

/** Many small operations as a step that is called again, and as one that is replayed. Dispose it. */
export function smallOperations(device: Device) {
  const x = zeros([64, 64], { device });
  const captured = capture(() => noGrad(() => chain(x)), device);
  return {
    eager: () => noGrad(() => scope(() => void chain(x))),
    replayed: () => captured.replay(),
    [Symbol.dispose]: () => {
      captured.dispose();
      x.dispose();
    },
  };
}

function chain(x: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < COUNT; i += 2) y = y.mul(-1).add(1);
  return y;
}
