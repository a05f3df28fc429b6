import { ShaderError } from '../errors.ts';

/** A WGSL compute kernel. Equal keys mean equal source and bindings. */
export interface Kernel {
  /** The operation's name: label, profile row and error prefix. */
  readonly name: string;
  /** Distinguishes the variants of one name (dtypes, widths, tile sizes). */
  readonly key: string;
  readonly source: () => string;
  /** Access of each storage binding of group 0, in order. Group 1 binding 0 is the uniform `params`. */
  readonly access: readonly ('read' | 'read_write')[];
}

export interface Pipeline {
  readonly kernel: Kernel;
  readonly compute: GPUComputePipeline;
  readonly bindGroupLayout: GPUBindGroupLayout;
}

const COMPUTE = 0x4; // GPUShaderStage.COMPUTE
/** Bytes of the uniform window a dispatch sees; see Recorder. */
export const PARAMS_BYTES = 256;

/** Compiled pipelines by kernel name and key. */
export class PipelineCache {
  private readonly pipelines = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();
  readonly paramsLayout: GPUBindGroupLayout;

  constructor(
    private readonly device: GPUDevice,
    private readonly report: (check: Promise<Error | null>) => void,
  ) {
    this.paramsLayout = device.createBindGroupLayout({
      label: 'params',
      entries: [
        {
          binding: 0,
          visibility: COMPUTE,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: PARAMS_BYTES },
        },
      ],
    });
  }

  get(kernel: Kernel): Pipeline {
    const id = `${kernel.name}|${kernel.key}`;
    const cached = this.pipelines.get(id);
    if (cached) return cached;
    const pipeline = this.compile(kernel);
    this.pipelines.set(id, pipeline);
    return pipeline;
  }

  private compile(kernel: Kernel): Pipeline {
    const source = kernel.source();
    const layout = this.layoutFor(kernel.access);
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

  private layoutFor(access: Kernel['access']) {
    const key = access.join();
    const cached = this.layouts.get(key);
    if (cached) return cached;
    const group = this.device.createBindGroupLayout({
      label: key,
      entries: access.map((mode, binding) => ({
        binding,
        visibility: COMPUTE,
        buffer: { type: mode === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    const pipeline = this.device.createPipelineLayout({ bindGroupLayouts: [group, this.paramsLayout] });
    const made = { group, pipeline };
    this.layouts.set(key, made);
    return made;
  }
}
