// Loaded into the command by `node --import`: a driver that compiles wrongly. In every WGSL text, what the pattern
// PLANT_PATTERN matches is replaced by PLANT_TEXT.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The copy of Dawn that the library loads.
const dawn = createRequire(import.meta.resolve('@lusd/tensor')).resolve('webgpu');
const { globals } = await import(pathToFileURL(dawn).href);

const { PLANT_PATTERN, PLANT_TEXT } = process.env;
const pattern = new RegExp(PLANT_PATTERN, 'g');

const { prototype } = globals.GPUDevice;
const { createShaderModule } = prototype;
prototype.createShaderModule = function (shader) {
  return createShaderModule.call(this, { ...shader, code: shader.code.replace(pattern, PLANT_TEXT) });
};
