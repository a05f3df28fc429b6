import { defineConfig } from 'vitest/config';
import { adapterProjects } from '../../scripts/adapterProjects.ts';

export default defineConfig(({ mode }) => ({
  test: {
    maxWorkers: 2,
    projects: adapterProjects(
      [
        'test/safetensors/**/*.test.ts',
        'test/random/torch*.test.ts',
        'test/host/**/*.test.ts',
        'test/node/**/*.test.ts',
        'test/browser/**/*.test.ts',
      ],
      mode,
      // Its tests lose devices and count their buffers.
      { isolate: true },
    ),
  },
}));
