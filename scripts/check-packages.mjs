// Packs every package and checks the tarballs as their users meet them: publint and Are the Types Wrong read them, and in
// an empty project outside the repository that installs them, every library entry is imported, a small program of each
// library is type-checked and run, and so is the lusd command. Needs a build: npm run check:packages
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { ENTRIES, PACKAGES } from './entries.mjs';

const PROGRAMS = readdirSync('scripts/packed');
const TOOLS = ['typescript', '@types/node'];
const NO_ADAPTER = 'no edit can run on this machine';

const project = mkdtempSync(join(tmpdir(), 'lusd-packed-'));
const inProject = { cwd: project, stdio: 'inherit' };

function pack(folder) {
  const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: folder });
  return { folder, tarball: join(project, file.toString().trim()) };
}

function lint({ folder, tarball }) {
  execFileSync('npx', ['publint', 'run', tarball, '--strict'], { stdio: 'inherit' });
  const isLibrary = ENTRIES.some((entry) => entry.folder === folder);
  if (isLibrary)
    execFileSync(
      'npx',
      ['attw', tarball, '--profile', 'esm-only', '--no-summary', '--format', 'table-flipped'],
      { stdio: 'inherit' },
    );
}

function install(tarballs) {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const tools = TOOLS.map((name) => `${name}@${devDependencies[name]}`);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs, ...tools], inProject);
}

function importEntries() {
  for (const { name } of ENTRIES) {
    const print = `const names = Object.keys(await import('${name}')); console.log('${name}:', names.length, 'names')`;
    execFileSync('node', ['--input-type=module', '--eval', print], inProject);
  }
}

function runPrograms() {
  for (const program of PROGRAMS) cpSync(join('scripts/packed', program), join(project, program));
  const types = ['--target', 'es2023', '--module', 'nodenext', '--strict', '--types', 'node'];
  execFileSync('npx', ['tsc', ...types, ...PROGRAMS], inProject);
  for (const program of PROGRAMS) {
    console.log(`--- ${program}`);
    execFileSync('node', [program.replace('.ts', '.js')], inProject);
  }
}

/** What only Node has: vite puts an empty module in its place. */
const OF_NODE = /^node:|__vite-browser-external|node_modules\/(?:webgpu|sharp|pngjs|undici)\//;

/** Every entry but those called `node` is for browsers, too: bundled, it holds nothing that only Node has. */
async function bundleForBrowsers() {
  for (const { name } of ENTRIES.filter((entry) => !entry.name.endsWith('/node'))) {
    const entry = join(project, 'bundled.js');
    writeFileSync(entry, `export * from '${name}';`);
    const options = { write: false, lib: { entry, formats: ['es'] } };
    // The studio's worker has chunks, which only modules can.
    const worker = { format: 'es' };
    const bundles = await build({
      root: project,
      configFile: false,
      logLevel: 'error',
      worker,
      build: options,
    });
    const chunks = bundles.flatMap(({ output }) => output.filter(({ type }) => type === 'chunk'));
    const foreign = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => OF_NODE.test(id));
    if (foreign.length > 0) throw new Error(`${name}: the bundle for browsers holds ${foreign.join(', ')}`);
    const [main, ...lazy] = chunks.map(({ code }) => `${(code.length / 1000).toFixed(0)} kB`);
    console.log(
      `${name}: bundled for browsers, ${main}${lazy.length > 0 ? ` and ${lazy.join(', ')} when needed` : ''}`,
    );
  }
}

/** `lusd doctor` ends with 1 where no adapter is found, and says so; nothing else may fail it. */
function runCommand() {
  console.log('--- lusd --version');
  execFileSync('npx', ['lusd', '--version'], inProject);
  console.log('--- lusd doctor');
  const doctor = spawnSync('npx', ['lusd', 'doctor'], { cwd: project, encoding: 'utf8' });
  console.log(doctor.stdout, doctor.stderr);
  if (doctor.status !== 0 && !(doctor.status === 1 && doctor.stderr.includes(NO_ADAPTER)))
    throw new Error(`lusd doctor ended with ${doctor.status} in the packed project.`);
}

try {
  const packed = PACKAGES.map(pack);
  packed.forEach(lint);
  install(packed.map(({ tarball }) => tarball));
  importEntries();
  await bundleForBrowsers();
  runPrograms();
  runCommand();
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`${PACKAGES.length} packed packages install, type-check and run outside the repository`);
