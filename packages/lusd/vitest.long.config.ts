import { defineConfig } from 'vitest/config';
import { longProjects } from '../../scripts/adapterProjects.ts';

export default defineConfig({ test: { projects: longProjects() } });
