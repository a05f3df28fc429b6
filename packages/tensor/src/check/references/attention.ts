import { type HostTensor, hostTensor } from '../host.ts';
import { softmaxOf } from './norms.ts';

/** softmax(query key^T / sqrt(D)) of [B, Lq, H, D] and [B, Lk, H, D]: [B, H, Lq, Lk]. */
export function probabilitiesOf(query: HostTensor, key: HostTensor): HostTensor {
  const [batch, queries, heads, size] = query.shape as [number, number, number, number];
  const keys = key.shape[1]!;
  return softmaxOf(
    hostTensor([batch, heads, queries, keys], (i) => {
      const [k, q] = [i % keys, Math.floor(i / keys) % queries];
      const h = Math.floor(i / keys / queries) % heads;
      const b = Math.floor(i / keys / queries / heads);
      const from = ((b * queries + q) * heads + h) * size;
      const to = ((b * keys + k) * heads + h) * size;
      let sum = 0;
      for (let d = 0; d < size; d++) sum += query.values[from + d]! * key.values[to + d]!;
      return sum / Math.sqrt(size);
    }),
  );
}

/** The mean over heads of [B, H, Lq, Lk]: [B, Lq, Lk]. */
export function headMeanOf({ shape, values }: HostTensor): HostTensor {
  const [batch, heads, queries, keys] = shape as [number, number, number, number];
  const one = queries * keys;
  return hostTensor([batch, queries, keys], (i) => {
    const b = Math.floor(i / one);
    let sum = 0;
    for (let h = 0; h < heads; h++) sum += values[(b * heads + h) * one + (i % one)]!;
    return sum / heads;
  });
}

/** Attention of [B, Lq, H, D] to keys and values [B, Lk, H, D]. */
export function attentionOf(query: HostTensor, key: HostTensor, value: HostTensor): HostTensor {
  const [, queries, heads, size] = query.shape as [number, number, number, number];
  const keys = key.shape[1]!;
  const { values: weights } = probabilitiesOf(query, key);
  return hostTensor(query.shape, (i) => {
    const [d, h] = [i % size, Math.floor(i / size) % heads];
    const q = Math.floor(i / size / heads) % queries;
    const b = Math.floor(i / size / heads / queries);
    let sum = 0;
    for (let k = 0; k < keys; k++)
      sum +=
        weights[((b * heads + h) * queries + q) * keys + k]! *
        value.values[((b * keys + k) * heads + h) * size + d]!;
    return sum;
  });
}
