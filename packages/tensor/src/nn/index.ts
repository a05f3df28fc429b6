export * from './layers.ts';
export { Module } from './module.ts';
export {
  CONV_LAYOUT,
  type DeviceOption,
  LINEAR_LAYOUT,
  Parameter,
  type ParameterLayout,
} from './parameter.ts';
export { type Activation, type Layer, Sequential } from './sequential.ts';
export type { StateDict, Stateful } from './stateDict.ts';
export {
  type AddingModule,
  forwardAdd,
  forwardEach,
  forwardGeglu,
  forwardSilu,
  forwardUpsampled,
  type UnaryModule,
} from './unaryModule.ts';
