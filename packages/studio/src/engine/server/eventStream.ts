/** One of a server's events. */
export interface ServerEvent {
  readonly id: number;
  readonly data: string;
}

/** The events of a body of server-sent events (HTML standard, section 9.2), as far as `lusd studio` uses them. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // An event with a picture comes in many pieces: each is looked through once.
  let begun: string[] = [];
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const last = begun.at(-1)?.endsWith('\n') ? begun.pop() : '';
    const blocks = (last + decoder.decode(piece.value, { stream: true })).split('\n\n');
    const rest = blocks.pop() ?? '';
    if (blocks.length > 0) {
      blocks[0] = begun.join('') + blocks[0];
      begun = [];
    }
    if (rest !== '') begun.push(rest);
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
  }
}

/** Null for a comment, which is a sign of life. */
function eventOf(block: string): ServerEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => [line.replace(/:.*/, ''), line.replace(/^[^:]*: ?/, '')]),
  );
  const data = fields.get('data');
  return data === undefined ? null : { id: Number(fields.get('id') ?? 0), data };
}
