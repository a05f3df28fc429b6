import { openDevice, scope, Tensor, tensor } from '@lusd/tensor';
import { pointwise, record } from '@lusd/tensor/wgsl';

/** a^3 / 3, whose gradient is a^2. */
function cube(x: Tensor): Tensor {
  return record(pointwise({ name: 'cube', expression: 'a * a * a / 3.0' }, [x], x.dtype), () => ({
    name: 'cube',
    inputs: [x],
    saved: [x],
    backward: (gradient, [saved]) => [gradient.mul(saved).mul(saved)],
  }));
}

const device = await openDevice({ log: null });
const y = scope(() => cube(tensor([3, 6])));
// Both entries share one Tensor, with its methods.
console.log('9 and 72 by a WGSL expression:', y instanceof Tensor, ...(await y.add(0).data()));
device.destroy();
