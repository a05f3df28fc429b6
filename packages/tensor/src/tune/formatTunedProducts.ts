import { alignColumns } from '../alignColumns.ts';
import { type GemmPlan, gemmKey } from '../gpu/gemmTuning.ts';
import type { TunedProduct } from './tuneProducts.ts';

/** What `tuneProducts` measured as an aligned text table, what takes longest first. */
export function formatTunedProducts(products: readonly TunedProduct[]): string {
  const header = ['product', 'count', 'ms before', 'ms', 'TFLOP/s', 'tile'];
  const total = ({ count, milliseconds }: TunedProduct) => count * milliseconds;
  const body = [...products].sort((a, b) => total(b) - total(a)).map(columnsOf);
  return alignColumns([header, ...body]);
}

function columnsOf({
  size,
  count,
  milliseconds,
  estimatedMilliseconds,
  flops,
  plan,
}: TunedProduct): string[] {
  return [
    gemmKey(size),
    String(count),
    estimatedMilliseconds.toFixed(3),
    milliseconds.toFixed(3),
    milliseconds > 0 ? (flops / milliseconds / 1e9).toFixed(2) : '-',
    describePlan(plan),
  ];
}

/** `128 x 64 matrix, 3 parts`. */
function describePlan({ tile, splits }: GemmPlan): string {
  return `${tile.rows} x ${tile.columns} ${tile.kind}${splits > 1 ? `, ${splits} parts` : ''}`;
}
