import type { Failure } from '../session/index.ts';

/** What a worker can be asked: arguments, result, and what it tells meanwhile. */
interface Call {
  readonly args: readonly unknown[];
  readonly result: unknown;
  readonly event: unknown;
}

/** What a table of calls, by their names, has to be. */
export type CallTable<Table> = { readonly [Name in keyof Table]: Call };

/** From the page to a worker. */
export interface Request<Table extends CallTable<Table>, Name extends keyof Table = keyof Table> {
  readonly call: number;
  readonly name: Name;
  readonly args: Table[Name]['args'];
}

/** From a worker to the page, about one call: any number of events, then a result or a failure. */
export type Reply = { readonly call: number } & (
  | { readonly kind: 'event'; readonly event: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly failure: Failure }
);

/** What answers each call. */
export type Handlers<Table extends CallTable<Table>> = {
  readonly [Name in keyof Table]: (
    args: Table[Name]['args'],
    emit: (event: Table[Name]['event']) => void,
  ) => Promise<Table[Name]['result']>;
};
