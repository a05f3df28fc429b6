/** Random access to the bytes of a file. */
export interface ByteSource {
  /** The path, or what the source is if it has none; for messages. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** The `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}
