import { TensorError } from '../errors.ts';

/** A safetensors file could not be read, understood or written. */
export class SafetensorsError extends TensorError {
  override name = 'SafetensorsError';

  /**
   * @param file the file's path, or a description of a source that has none
   * @param reason what is wrong and what to do about it, without the file's name
   */
  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}`, options);
  }
}

/** Runs `action`, turning whatever a system call or an allocation throws into a SafetensorsError. */
export async function guard<T>(file: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof SafetensorsError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(file, `could not ${doing}: ${detail}`, { cause });
  }
}

const MAX_QUOTED = 120;

/** A name as messages show it: escaped, and cut because a damaged header may hold one of many megabytes. */
export function quote(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}...` : name);
}
