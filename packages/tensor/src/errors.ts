/** Base of the errors that this library throws. */
export class TensorError extends Error {
  override name = 'TensorError';
}

/** An operand has a shape (or an argument) that the operation cannot take. */
export class ShapeError extends TensorError {
  override name = 'ShapeError';
}

/** An operand has a dtype that the operation cannot take. */
export class DTypeError extends TensorError {
  override name = 'DTypeError';
}

/** A tensor was used after it was disposed. */
export class DisposedError extends TensorError {
  override name = 'DisposedError';
}

/** Misuse of gradients: a second backward, a gradient of the wrong shape, a saved tensor written in place. */
export class AutogradError extends TensorError {
  override name = 'AutogradError';
}

/** No WebGPU adapter could be opened; the message lists what was tried and what to install. */
export class NoAdapterError extends TensorError {
  override name = 'NoAdapterError';
}

/** The device is gone: destroyed, reset by the driver, or unplugged. */
export class DeviceLostError extends TensorError {
  override name = 'DeviceLostError';
}

/** The device, or the budget given to `openDevice`, has no room for a buffer. */
export class OutOfMemoryError extends TensorError {
  override name = 'OutOfMemoryError';
}

/** A tensor is larger than what one storage binding of this adapter can hold. */
export class BindingLimitError extends TensorError {
  override name = 'BindingLimitError';
}

/** A shader did not compile; `source` holds its WGSL. */
export class ShaderError extends TensorError {
  override name = 'ShaderError';
  constructor(
    message: string,
    readonly source: string,
  ) {
    super(message);
  }
}

/** The device rejected a command (a bug in a kernel or in this library). */
export class ValidationError extends TensorError {
  override name = 'ValidationError';
}
