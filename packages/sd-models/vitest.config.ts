import { defineConfig } from 'vitest/config';
import { adapterProjects } from '../../scripts/adapterProjects.ts';

export default defineConfig(({ mode }) => ({
  test: {
    maxWorkers: 2,
    projects: adapterProjects(
      [
        'test/{files,node,image,tokenizer}/**/*.test.ts',
        'test/weights/!(load)*.test.ts',
        'test/**/config.test.ts',
      ],
      mode,
    ),
  },
}));
