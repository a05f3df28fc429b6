import { totalmem } from 'node:os';
import type { Platform } from '../platform.ts';
import { findAdapter } from './adapters.ts';
import { dawnVersion } from './dawn.ts';
import { openFile, writeFile } from './files.ts';
import { recall, remember } from './memory.ts';
import { politeWait } from './politeWait.ts';

/** Node, where Dawn (the npm package `webgpu`) is WebGPU. */
export const platform: Platform = {
  findAdapter,
  webgpu: dawnVersion,
  recall,
  remember,
  totalMemory: totalmem,
  waitOnSoftware: politeWait,
  openFile,
  writeFile,
};
