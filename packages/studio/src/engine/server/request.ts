import { EngineError } from '../../session/engineError.ts';

/** A `lusd studio` that answers. */
export interface ServerPlace {
  /** Its address. */
  readonly base: string;
  /** Of the address that it printed. */
  readonly token: string;
}

/** @throws EngineError with what the server says; TypeError where it does not answer; the signal's reason */
export async function requestServer(
  { base, token }: ServerPlace,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const response = await fetch(new URL(path, base), {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${token}` },
  });
  if (response.ok) return response;
  const { error } = (await response.json()) as { readonly error: { readonly message: string } };
  const isOption = response.status === 400;
  throw new EngineError({ kind: isOption ? 'option' : 'other', message: error.message.replace(/\.$/, '') });
}
