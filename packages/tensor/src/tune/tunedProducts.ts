import { platform } from '#platform';
import type { AdapterFacts } from '../gpu/facts.ts';
import { type GemmPlan, type GemmSize, gemmKey, gemmPlans } from '../gpu/gemmTuning.ts';
import type { Tuning } from '../gpu/tuning.ts';

const NAME = 'tuned-products';

/** What was measured on one adapter, for products of each size. */
interface TunedAdapter {
  /** The day, such as `2026-11-27`. */
  readonly date: string;
  readonly products: readonly { readonly size: GemmSize; readonly plan: GemmPlan }[];
}

/** What is needed of a device. */
interface Tuned {
  readonly facts: AdapterFacts;
  readonly tuning: Tuning;
}

/** The adapter with its driver, and what implements WebGPU: what another version measures may differ. */
function keyOf({ facts }: Tuned): string {
  return JSON.stringify([platform.webgpu(), facts]);
}

async function recallAll(): Promise<Record<string, TunedAdapter>> {
  try {
    const found: unknown = JSON.parse((await platform.recall(NAME)) ?? '{}');
    return typeof found === 'object' && found !== null ? (found as Record<string, TunedAdapter>) : {};
  } catch {
    return {};
  }
}

/**
 * Remembers plans for the adapter of `device`, in the place of those for the same sizes.
 * @returns the file, or null if it could not be written
 */
export async function rememberProducts(
  device: Tuned,
  products: TunedAdapter['products'],
  date: string,
): Promise<string | null> {
  const all = await recallAll();
  const key = keyOf(device);
  const sizes = new Set(products.map(({ size }) => gemmKey(size)));
  const others = usable(device, all[key]).filter(({ size }) => !sizes.has(gemmKey(size)));
  const text = JSON.stringify({ ...all, [key]: { date, products: [...others, ...products] } }, null, 1);
  return platform.remember(NAME, `${text}\n`);
}

/** Takes into use what is remembered of the adapter of `device`, if anything. */
export async function recallProducts(device: Tuned): Promise<void> {
  const found = (await recallAll())[keyOf(device)];
  const products = usable(device, found);
  if (found && products.length > 0) useProducts(device, products, found.date);
}

/** Takes plans into use that were measured on the adapter of `device`. */
export function useProducts({ tuning }: Tuned, products: TunedAdapter['products'], date: string): void {
  tuning.useMeasured(new Map(products.map(({ size, plan }) => [gemmKey(size), plan])), date);
}

/** Those that this version of the library would measure too: tiles change, and files may be edited. */
function usable({ tuning }: Tuned, found: TunedAdapter | undefined): TunedAdapter['products'] {
  if (!Array.isArray(found?.products)) return [];
  return found.products.filter(({ size, plan }) => {
    if (![size?.m, size?.n, size?.k, size?.batch].every(Number.isSafeInteger)) return false;
    const text = JSON.stringify(plan);
    return gemmPlans(tuning.facts, size).some((known) => JSON.stringify(known) === text);
  });
}
