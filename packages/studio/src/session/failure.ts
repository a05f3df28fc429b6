import { OptionError } from '@lusd/lusd';
import { DeviceLostError, NoAdapterError, OutOfMemoryError } from '@lusd/tensor';
import { EngineError, type Failure, type FailureKind } from './engineError.ts';
import { SettingsError } from './settings.ts';

const REMEDIES: Partial<Readonly<Record<FailureKind, string>>> = {
  'device-lost': 'what was made is kept; start again, and choose a smaller size if it happens again',
  memory: 'choose a smaller size, f16 weights, or close other programs that use the GPU',
  'disk-full': 'free some space on the disk, or delete weights and edits that are no longer needed',
};

/** What went wrong, and what to do about it where that is known. */
export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) return { kind: error.kind, message: error.message };
  const kind = kindOf(error);
  const remedy = REMEDIES[kind];
  return { kind, message: remedy ? `${sentence(error)}; ${remedy}` : sentence(error) };
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof OptionError || error instanceof SettingsError) return 'option';
  if (error instanceof DeviceLostError) return 'device-lost';
  if (error instanceof OutOfMemoryError) return 'memory';
  if (error instanceof NoAdapterError) return 'no-webgpu';
  const isFull = error instanceof Error && error.name === 'QuotaExceededError';
  return isFull ? 'disk-full' : 'other';
}

function sentence(error: unknown): string {
  if (error instanceof OptionError) return `${error.option} ${error.reason}`;
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replace(/\.$/, '');
}
