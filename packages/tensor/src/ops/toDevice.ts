import type { Device } from '../gpu/device.ts';
import { keep } from '../scope.ts';
import { Tensor } from '../tensor.ts';

/**
 * A copy of `x` on `device`, the same bit by bit, through the host: outside the graph, and in no scope. Reference:
 * torch's `x.to(device)`.
 * @throws what either device reports
 */
export async function toDevice(x: Tensor, device: Device): Promise<Tensor> {
  const { shape, dtype, storage } = x;
  const bytes = await storage.device.queue.read(storage.buffer, storage.bytes);
  const copy = keep(Tensor.empty(device, shape, dtype, 'toDevice'));
  copy.storage.fill(new Uint8Array(bytes));
  return copy;
}
