/** One of a server's events. */
export interface ServerEvent {
  readonly id: number;
  readonly data: string;
}

/** The events of a body of server-sent events (HTML standard, section 9.2), as far as `lusd studio` uses them. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += decoder.decode(piece.value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
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
