import { defineConfig } from 'vitest/config';
import { adapterProjects } from '../../scripts/adapterProjects.ts';

export default defineConfig(({ mode }) => ({
  test: {
    maxWorkers: 2,
    projects: adapterProjects(
      [
        'test/{browser,metrics,node,picture,prompts,shapes}/**/*.test.ts',
        'test/editors/{lusdOptions,schedules}.test.ts',
        'test/{doors,targetWordsDocument}.test.ts',
      ],
      mode,
    ),
  },
}));
