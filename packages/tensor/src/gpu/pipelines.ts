import { ShaderError } from '../errors.ts';
import { memoize } from '../memoize.ts';
import { PARAMS_BYTES } from './params.ts';

/** How a kernel uses a storage binding: `write` sets all that it stores to, `update` also reads it. */
export type BindingAccess = 'read' | 'write' | 'update';

/** A WGSL compute kernel. Each object is compiled once per device: create it once and reuse it. */
export interface Kernel {
  /** The operation's name: label, profile row and error prefix. */
  readonly name: string;
  readonly source: () => string;
  /** Access of each storage binding of group 0, in order; the binding after them is the uniform `params`. */
  readonly access: readonly BindingAccess[];
}

export interface Pipeline {
  readonly kernel: Kernel;
  readonly compute: GPUComputePipeline;
  readonly bindGroupLayout: GPUBindGroupLayout;
}

function compileError({ name }: Kernel, source: string, { message }: { message: string }): ShaderError {
  return new ShaderError(`${name}: the shader did not compile: ${message}`, source);
}

const COMPUTE = 0x4; // GPUShaderStage.COMPUTE

/** Compiled pipelines, by kernel. */
export class PipelineCache {
  private readonly pipelines = new WeakMap<Kernel, Pipeline>();

  constructor(
    private readonly device: GPUDevice,
    private readonly report: (check: Promise<Error | null>) => void,
  ) {}

  get(kernel: Kernel): Pipeline {
    const cached = this.pipelines.get(kernel);
    if (cached) return cached;
    const pipeline = this.compile(kernel);
    this.pipelines.set(kernel, pipeline);
    return pipeline;
  }

  /**
   * Compiles those that are not compiled yet, side by side where the driver can.
   * @returns how many
   * @throws ShaderError for the first that does not compile
   */
  async compileAll(kernels: Iterable<Kernel>): Promise<number> {
    const missing = [...kernels].filter((kernel) => !this.pipelines.has(kernel));
    await Promise.all(missing.map((kernel) => this.compileAhead(kernel)));
    return missing.length;
  }

  private async compileAhead(kernel: Kernel): Promise<void> {
    this.device.pushErrorScope('validation');
    const { source, descriptor, group } = this.describe(kernel);
    const rejected = this.device.popErrorScope();
    const compute = await this.device
      .createComputePipelineAsync(descriptor)
      .catch(async (error: Error) => Promise.reject(compileError(kernel, source, (await rejected) ?? error)));
    this.pipelines.set(kernel, { kernel, compute, bindGroupLayout: group });
  }

  private compile(kernel: Kernel): Pipeline {
    this.device.pushErrorScope('validation');
    const { source, descriptor, group } = this.describe(kernel);
    const compute = this.device.createComputePipeline(descriptor);
    this.report(
      this.device.popErrorScope().then((error) => (error ? compileError(kernel, source, error) : null)),
    );
    return { kernel, compute, bindGroupLayout: group };
  }

  private describe(kernel: Kernel) {
    const source = kernel.source();
    const layout = this.layoutOf(kernel.access.map((access) => access === 'read'));
    const module = this.device.createShaderModule({ label: kernel.name, code: source });
    const descriptor = { label: kernel.name, layout: layout.pipeline, compute: { module } };
    return { source, descriptor, group: layout.group };
  }

  /** Layouts by whether each binding is only read. */
  private readonly layoutOf = memoize((readOnly: readonly boolean[]) => {
    const storage = readOnly.map(
      (reads): GPUBufferBindingLayout => ({ type: reads ? 'read-only-storage' : 'storage' }),
    );
    const buffers = [...storage, { type: 'uniform', minBindingSize: PARAMS_BYTES } as const];
    const group = this.device.createBindGroupLayout({
      entries: buffers.map((buffer, binding) => ({ binding, visibility: COMPUTE, buffer })),
    });
    return { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
  });
}
