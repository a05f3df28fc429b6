/// <reference types="@webgpu/types" preserve="true" />
/** Whether the kernels compute on an adapter what they should: a check for the machine where they will run. */
import '../methods.ts';

export { type CheckOptions, type CheckResult, checkDevice } from './checkDevice.ts';
