// Builds the pages of every library entry, from the sources, into out/docs: npm run docs
import { Application, Converter } from 'typedoc';
import { ENTRIES } from './entries.mjs';

const app = await Application.bootstrap({
  name: 'LUSD on WebGPU',
  readme: 'README.md',
  tsconfig: 'tsconfig.docs.json',
  entryPoints: ENTRIES.map(({ source }) => source),
  // Packages import each other's sources, so that links lead from one to the other.
  compilerOptions: { paths: Object.fromEntries(ENTRIES.map(({ name, source }) => [name, [source]])) },
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  outputs: [{ name: 'html', path: 'out/docs' }],
  validation: { invalidLink: true, rewrittenLink: true, notExported: false, notDocumented: false },
  treatWarningsAsErrors: true,
  logLevel: 'Warn',
});

// A module bears the name that it is imported by.
app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
  const entry = reflection.parent?.isProject() && ENTRIES.find(({ source }) => source === file);
  if (entry) reflection.name = entry.name;
});

const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateOutputs(project);
}
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
