import { DEMO_EDITS, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import { openEditor } from '@lusd/studio';

/** What the test is told of two edits. */
export interface Report {
  /** Kinds of the first edit's events. */
  readonly kinds: readonly string[];
  readonly width: number;
  readonly pixels: readonly number[];
  /** What the second edit, which was aborted, was rejected with. */
  readonly abort: string;
}

/** A drawn picture as a page has pictures. */
function heart(): ImageData {
  const [example] = DEMO_EDITS;
  if (!example) throw new Error('there is no demo edit');
  const { data: rgb } = draw(example.picture);
  const pixels = new ImageData(SIZE, SIZE);
  for (let i = 0; i < SIZE * SIZE; i++)
    pixels.data.set([rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!, 255], 4 * i);
  return pixels;
}

async function editTwice(): Promise<Report> {
  const editor = await openEditor('./shapes/');
  const request = { image: heart(), source: 'a yellow heart at sea', target: 'a red heart at sea' };
  const options = { ...SHAPES_OPTIONS, numSteps: 2 };
  const kinds: string[] = [];
  const edited = await editor.edit({ ...request, options }, { onEvent: ({ kind }) => kinds.push(kind) });

  const controller = new AbortController();
  const onEvent = () => controller.abort(new Error('enough'));
  const aborted = editor.edit(
    { ...request, options: { ...options, numSteps: 500 } },
    { onEvent, signal: controller.signal },
  );
  const abort = await aborted.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  editor.close();
  return { kinds, width: edited.width, pixels: [...edited.data], abort };
}

Object.assign(globalThis, { editTwice });
