import { expect, test } from 'vitest';
import { type ServerEvent, serverEvents } from '../src/engine/server/eventStream.ts';

const TEXT = 'id: 3\ndata: {"é": 1}\n\n: a sign of life\n\nid: 4\ndata: two\n\nid: 5\ndata: cut off';
const EVENTS = [
  { id: 3, data: '{"é": 1}' },
  { id: 4, data: 'two' },
];

async function eventsOf(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(body)) events.push(event);
  return events;
}

test('events are the same in whatever pieces they come', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let size = 1; size <= bytes.length; size++) {
    const count = Math.ceil(bytes.length / size);
    const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    expect(await eventsOf(pieces)).toEqual(EVENTS);
  }
});
