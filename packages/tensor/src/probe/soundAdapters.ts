import { platform } from '#platform';

const NAME = 'probed-adapters';
/** Adapters and drivers of one machine, and of those that share its home folder. */
const MOST = 64;

/** The adapters that were found sound, the oldest first; none where that is not what is remembered. */
async function adapters(): Promise<string[]> {
  try {
    const found: unknown = JSON.parse((await platform.recall(NAME)) ?? '[]');
    return Array.isArray(found) ? found.filter((key) => typeof key === 'string') : [];
  } catch {
    return [];
  }
}

/** Whether the adapter that `key` describes was found sound. */
export async function isKnownSound(key: string): Promise<boolean> {
  return (await adapters()).includes(key);
}

/** Remembers that the adapter that `key` describes is sound. */
export async function rememberSound(key: string): Promise<void> {
  const others = (await adapters()).filter((other) => other !== key);
  await platform.remember(NAME, `${JSON.stringify([...others, key].slice(-MOST), null, 1)}\n`);
}
