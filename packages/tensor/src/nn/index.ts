export * from './layers.ts';
export { Module, type UnaryModule } from './module.ts';
export {
  CONV_LAYOUT,
  type DeviceOption,
  LINEAR_LAYOUT,
  Parameter,
  type ParameterLayout,
} from './parameter.ts';
export { type Activation, type Layer, Sequential } from './sequential.ts';
export type { StateDict, Stateful } from './stateDict.ts';
