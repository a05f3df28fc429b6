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

  private compile(kernel: Kernel): Pipeline {
    const source = kernel.source();
    const layout = this.layoutOf(kernel.access.map((access) => access === 'read'));
    this.device.pushErrorScope('validation');
    const compute = this.device.createComputePipeline({
      label: kernel.name,
      layout: layout.pipeline,
      compute: { module: this.device.createShaderModule({ label: kernel.name, code: source }) },
    });
    this.report(
      this.device
        .popErrorScope()
        .then((error) =>
          error
            ? new ShaderError(`${kernel.name}: the shader did not compile: ${error.message}`, source)
            : null,
        ),
    );
    return { kernel, compute, bindGroupLayout: layout.group };
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
