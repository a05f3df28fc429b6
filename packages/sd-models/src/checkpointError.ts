/** A checkpoint's files cannot be understood; the message names the file and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}
