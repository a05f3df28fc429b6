// Packs every package, installs the tarballs into an empty project outside the repository, type-checks and runs a
// small program of each there, and the lusd command. Needs a build: npm run check:packages
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const PACKAGES = ['tensor', 'sd-models', 'lusd', 'cli'];
const TOOLS = ['typescript@5.9.3', '@types/node@20.19.25', '@sparticuz/chromium@147.0.0'];

const project = mkdtempSync(join(tmpdir(), 'lusd-packed-'));
const inProject = { cwd: project, stdio: 'inherit' };
try {
  for (const name of PACKAGES) {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: join('packages', name) });
  }
  const tarballs = readdirSync(project).map((file) => `./${file}`);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs, ...TOOLS], inProject);

  const programs = readdirSync('scripts/packed');
  for (const program of programs) cpSync(join('scripts/packed', program), join(project, program));
  const types = ['--target', 'es2023', '--module', 'nodenext', '--strict', '--types', 'node'];
  execFileSync('npx', ['tsc', ...types, ...programs], inProject);
  for (const program of programs) {
    console.log(`--- ${program}`);
    execFileSync('node', [program.replace('.ts', '.js')], inProject);
  }
  console.log('--- @lusd/tensor for browsers');
  const entry = join(project, 'node_modules/@lusd/tensor/dist/index.js');
  const options = { write: false, lib: { entry, formats: ['es'] } };
  const bundles = await build({ root: project, configFile: false, logLevel: 'error', build: options });
  const modules = bundles.flatMap(({ output }) => output.flatMap((chunk) => chunk.moduleIds ?? []));
  const foreign = modules.filter((id) => !id.startsWith(join(project, 'node_modules/@lusd/tensor/dist')));
  if (foreign.length > 0) throw new Error(`the bundle for browsers holds ${foreign.join(', ')}`);
  console.log('--- lusd --version');
  execFileSync('npx', ['lusd', '--version'], inProject);
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`${PACKAGES.length} packed packages install, type-check and run outside the repository`);
