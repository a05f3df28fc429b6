import { InferenceSession, Tensor as OrtTensor, type Tensor } from 'onnxruntime-node';
import type { Case } from '../src/cases.ts';
import type { HostTensor } from '../src/data.ts';
import type { Library, Prepared } from '../src/library.ts';
import { programOf } from './onnxGraphs.ts';
import { encodeModel } from './onnxModel.ts';

type Location = 'cpu' | 'gpu-buffer';

function createSession(model: Uint8Array, preferredOutputLocation: Location): Promise<InferenceSession> {
  return InferenceSession.create(model, { executionProviders: ['webgpu'], preferredOutputLocation });
}

/** A model that returns its input, with which host data gets to the device. */
function identity({ shape }: HostTensor): Uint8Array {
  const x = { shape, values: new Float32Array(0) };
  const nodes = [{ op: 'Identity', inputs: ['x'], output: 'y' }];
  return encodeModel({ inputs: { x }, weights: {}, nodes, output: { name: 'y', shape } });
}

/** A tensor on the device. Its memory belongs to `session`, which must be released after it. */
interface Uploaded {
  readonly tensor: Tensor;
  readonly session: InferenceSession;
}

async function upload(input: HostTensor): Promise<Uploaded> {
  const session = await createSession(identity(input), 'gpu-buffer');
  const { y } = await session.run({ x: new OrtTensor('float32', input.values, [...input.shape]) });
  return { tensor: y!, session };
}

async function discard({ tensor, session }: Uploaded): Promise<void> {
  tensor.dispose();
  await session.release();
}

async function prepare(benchCase: Case): Promise<Prepared> {
  const { graph, shapes, layout } = programOf(benchCase);
  const model = encodeModel(graph, shapes);
  const inputs: Record<string, Uploaded> = {};
  for (const [name, input] of Object.entries(graph.inputs)) inputs[name] = await upload(input);
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { tensor }]) => [name, tensor]));
  const session = await createSession(model, 'gpu-buffer');
  return {
    run: async () => {
      const { y } = await session.run(feeds);
      y!.dispose();
    },
    output: async () => {
      const reader = await createSession(model, 'cpu');
      const { y } = await reader.run(feeds);
      await reader.release();
      const values = y!.data as Float32Array<ArrayBuffer>;
      return layout ? layout(values) : values;
    },
    dispose: async () => {
      for (const input of Object.values(inputs)) await discard(input);
      await session.release();
    },
  };
}

export async function open(): Promise<Library> {
  const one = { shape: [1], values: Float32Array.of(1) };
  const probe = await createSession(identity(one), 'cpu');
  const x = new OrtTensor('float32', one.values, [1]);
  // A readback waits for everything that its queue was given before.
  const sync = async () => {
    await probe.run({ x });
  };
  return { prepare, sync };
}
