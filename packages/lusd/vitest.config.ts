import { defineConfig } from 'vitest/config';
import { adapterProjects } from '../../scripts/adapterProjects.ts';

export default defineConfig(({ mode }) => ({
  test: {
    projects: adapterProjects(
      [
        'test/{metrics,prompts,shapes}/**/*.test.ts',
        'test/{options,schedules,frame,targetWordsDocument}.test.ts',
      ],
      mode,
    ),
  },
}));
