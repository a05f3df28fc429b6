import { totalmem } from 'node:os';
import type { Platform } from '../platform.ts';
import { findAdapter } from './adapters.ts';
import { openFile, writeFile } from './files.ts';
import { politeWait } from './politeWait.ts';

/** Node, where Dawn (the npm package `webgpu`) is WebGPU. */
export const platform: Platform = {
  findAdapter,
  totalMemory: totalmem,
  waitOnSoftware: politeWait,
  openFile,
  writeFile,
};
