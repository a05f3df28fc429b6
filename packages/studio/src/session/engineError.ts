/** What kind of thing went wrong, for what a page offers to do about it. */
export type FailureKind = 'option' | 'device-lost' | 'memory' | 'no-webgpu' | 'disk-full' | 'other';

/** An error as it is told to people: one sentence without its full stop. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** An error that has been told apart elsewhere, such as in a worker. */
export class EngineError extends Error {
  override name = 'EngineError';
  readonly kind: FailureKind;

  constructor({ kind, message }: Failure) {
    super(message);
    this.kind = kind;
  }
}
