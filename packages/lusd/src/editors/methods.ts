import * as v from 'valibot';
import { cds, cdsEntries } from './cds.ts';
import { csd, csdEntries } from './csd.ts';
import { dds, ddsEntries } from './dds.ts';
import type { Editor } from './editor.ts';
import { ids, idsEntries } from './ids.ts';
import { lusd } from './lusd.ts';
import { lusdEntries } from './lusdOptions.ts';
import { pds, pdsEntries } from './pds.ts';
import { sds, sdsEntries } from './sds.ts';
import { ssd, ssdEntries } from './ssd.ts';

/** What an option can be. */
export type OptionValue = number | boolean | string;

/** An editor with the options that it was made with. */
export interface MethodEditor extends Editor {
  readonly options: object;
}

/** A method of editing, as people choose it by name. */
export interface EditingMethod {
  /** As papers call it. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly text: string;
  /** Its options with their defaults; undefined for an option that has none. */
  readonly defaults: Readonly<Record<string, OptionValue | undefined>>;
  /** Whether it looks at the negative prompt; default false. */
  readonly usesNegative?: boolean;
  /** @throws OptionError naming the first option that is unknown or out of range */
  make(options?: Readonly<Record<string, OptionValue | undefined>>): MethodEditor;
}

function defaultsOf<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.getDefaults(v.object(entries));
}

const methods = {
  lusd: {
    title: 'LUSD',
    text: 'Localized Update Score Distillation',
    defaults: defaultsOf(lusdEntries),
    make: lusd,
  },
  sds: {
    title: 'SDS',
    text: 'Score Distillation Sampling, which ignores the source prompt',
    defaults: defaultsOf(sdsEntries),
    make: sds,
  },
  dds: { title: 'DDS', text: 'Delta Denoising Score', defaults: defaultsOf(ddsEntries), make: dds },
  cds: {
    title: 'CDS',
    text: 'Contrastive Denoising Score: DDS and a contrastive loss of features',
    defaults: defaultsOf(cdsEntries),
    make: (options) => cds(options),
  },
  ids: {
    title: 'IDS',
    text: 'Identity-preserving Distillation Sampling: DDS with refined noise',
    defaults: defaultsOf(idsEntries),
    make: (options) => ids(options),
  },
  pds: {
    title: 'PDS',
    text: 'Posterior Distillation Sampling',
    defaults: defaultsOf(pdsEntries),
    make: pds,
  },
  csd: {
    title: 'CSD',
    text: 'Classifier Score Distillation, which looks at the negative prompt',
    defaults: defaultsOf(csdEntries),
    usesNegative: true,
    make: csd,
  },
  ssd: {
    title: 'SSD',
    text: 'Stable Score Distillation, with falling timesteps',
    defaults: defaultsOf(ssdEntries),
    make: ssd,
  },
} satisfies Readonly<Record<string, EditingMethod>>;

/** The name of a method, as `--method` takes it. */
export type MethodName = keyof typeof methods;

/** Every method of editing, by name. */
export const METHODS: Readonly<Record<MethodName, EditingMethod>> = methods;

/** The names, LUSD's first. */
export const METHOD_NAMES = Object.keys(methods) as MethodName[];
