import { platform } from '#platform';
import type { WgslKernel } from '../kernels/wgsl.ts';

const STORAGE = 0x80 | 0x04 | 0x08; // GPUBufferUsage.STORAGE | COPY_SRC | COPY_DST; Node has no such global
const READBACK = 0x01 | 0x08; // MAP_READ | COPY_DST
const MAP_READ = 1;

/** One workgroup of a kernel, on the words of each binding in order; those that it writes are given as zeros. */
export interface ProbeLaunch {
  readonly kernel: WgslKernel<Record<never, never>>;
  readonly words: readonly Uint32Array<ArrayBuffer>[];
}

/** What a launch left in each of its bindings, or why its kernel could not be compiled. */
export type ProbeOutcome = readonly Uint32Array[] | Error;

/**
 * Runs the launches in one submission with one readback, without a `Device`: whose facts are still in question.
 * @param software whether the adapter takes the processor that waits
 * @throws Error if the device is lost, or rejects what every device takes
 */
export async function runProbes(
  gpu: GPUDevice,
  launches: readonly ProbeLaunch[],
  software: boolean,
): Promise<ProbeOutcome[]> {
  const pipelines = await Promise.all(launches.map(({ kernel }) => compile(gpu, kernel)));
  const buffers = launches.map(({ words }) => words.map((given) => bufferOf(gpu, given)));
  const size = buffers.flat().reduce((sum, buffer) => sum + buffer.size, 0);
  const readback = gpu.createBuffer({ size, usage: READBACK });
  try {
    submit(gpu, pipelines, buffers, readback);
    const mapped = readback.mapAsync(MAP_READ);
    await (software ? platform.waitOnSoftware(mapped) : mapped);
    const all = new Uint32Array(readback.getMappedRange().slice(0));
    let at = 0;
    return launches.map(({ words }, i) => {
      const results = words.map(({ length }) => {
        at += length;
        return all.subarray(at - length, at);
      });
      const pipeline = pipelines[i]!;
      return pipeline instanceof Error ? pipeline : results;
    });
  } finally {
    for (const buffer of [...buffers.flat(), readback]) buffer.destroy();
  }
}

async function compile(gpu: GPUDevice, kernel: ProbeLaunch['kernel']): Promise<GPUComputePipeline | Error> {
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ label: kernel.name, code: kernel.source() });
  const rejected = gpu.popErrorScope();
  const pipeline = gpu
    .createComputePipelineAsync({ label: kernel.name, layout: 'auto', compute: { module } })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const error = await rejected;
  const compiled = await pipeline;
  return error ? new Error(error.message) : compiled;
}

function bufferOf(gpu: GPUDevice, words: Uint32Array<ArrayBuffer>): GPUBuffer {
  const buffer = gpu.createBuffer({ size: words.byteLength, usage: STORAGE });
  gpu.queue.writeBuffer(buffer, 0, words);
  return buffer;
}

function submit(
  gpu: GPUDevice,
  pipelines: readonly (GPUComputePipeline | Error)[],
  buffers: readonly (readonly GPUBuffer[])[],
  readback: GPUBuffer,
): void {
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const [i, pipeline] of pipelines.entries()) {
    if (pipeline instanceof Error) continue;
    const entries = buffers[i]!.map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
  }
  pass.end();
  let at = 0;
  for (const buffer of buffers.flat()) {
    encoder.copyBufferToBuffer(buffer, 0, readback, at, buffer.size);
    at += buffer.size;
  }
  gpu.queue.submit([encoder.finish()]);
}
