import { create, globals } from 'webgpu';

// The instance that our library opens leaves robustness out too, and onnxruntime's own Dawn does so by default.
const FEATURES = 'enable-dawn-features=disable_robustness';

/** Gives libraries made for browsers their `navigator.gpu` on Node. The driver is chosen by the environment. */
export function provideNavigatorGpu(): void {
  const gpu = create([FEATURES]);
  const userAgent = `node/${process.version}`;
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent }, configurable: true });
}
