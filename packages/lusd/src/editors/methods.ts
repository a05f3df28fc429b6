import * as v from 'valibot';
import { cds, cdsEntries } from './cds.ts';
import { csd, csdEntries } from './csd.ts';
import { ddimInversion, inversionEntries, negativePromptInversion } from './ddimInversion.ts';
import { dds, ddsEntries } from './dds.ts';
import { editFriendly, editFriendlyEntries } from './editFriendly.ts';
import type { Editor } from './editor.ts';
import { ids, idsEntries } from './ids.ts';
import { instructPix2Pix, instructPix2PixEntries } from './instructPix2Pix.ts';
import { lusd } from './lusd.ts';
import { lusdEntries } from './lusdOptions.ts';
import { masactrl, masactrlEntries } from './masactrl.ts';
import { directInversion, p2p } from './p2p.ts';
import { directInversionEntries, p2pEntries } from './p2pOptions.ts';
import { pds, pdsEntries } from './pds.ts';
import { plugAndPlay, plugAndPlayEntries } from './plugAndPlay.ts';
import { sdedit, sdeditEntries } from './sdedit.ts';
import { sds, sdsEntries } from './sds.ts';
import { ssd, ssdEntries } from './ssd.ts';

/** What an option can be: a value, words, or words with numbers. */
export type OptionValue = number | boolean | string | readonly string[] | Readonly<Record<string, number>>;

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
  /** Whether it samples down a list of timesteps, in the place of drawing them one by one; default false. */
  readonly samples?: boolean;
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
  sdedit: {
    title: 'SDEdit',
    text: 'noise is added, and sampled away with the target prompt',
    defaults: defaultsOf(sdeditEntries),
    samples: true,
    make: sdedit,
  },
  'ddim-inversion': {
    title: 'DDIM inversion',
    text: 'the picture is followed up to its noise, and sampled down with the target prompt',
    defaults: defaultsOf(inversionEntries),
    samples: true,
    make: ddimInversion,
  },
  'negative-prompt-inversion': {
    title: 'Negative-prompt inversion',
    text: 'DDIM inversion, with guidance that leads away from the source prompt',
    defaults: defaultsOf(inversionEntries),
    samples: true,
    make: negativePromptInversion,
  },
  'direct-inversion': {
    title: 'Direct inversion',
    text: "prompt-to-prompt beside the inversion's own latents",
    defaults: defaultsOf(directInversionEntries),
    samples: true,
    make: (options) => directInversion(options),
  },
  p2p: {
    title: 'Prompt-to-prompt',
    text: "the target takes over the source's attention",
    defaults: defaultsOf(p2pEntries),
    samples: true,
    make: (options) => p2p(options),
  },
  masactrl: {
    title: 'MasaCtrl',
    text: "the target's self-attention looks at the source; the source prompt is ignored",
    defaults: defaultsOf(masactrlEntries),
    samples: true,
    make: (options) => masactrl(options),
  },
  'plug-and-play': {
    title: 'Plug-and-play',
    text: "features and self-attention are the source's; looks at the negative prompt",
    defaults: defaultsOf(plugAndPlayEntries),
    usesNegative: true,
    samples: true,
    make: (options) => plugAndPlay(options),
  },
  'edit-friendly': {
    title: 'Edit-friendly DDPM inversion',
    text: "DDPM's noise of the picture is found, and used with the target prompt",
    defaults: defaultsOf(editFriendlyEntries),
    samples: true,
    make: editFriendly,
  },
  'instruct-pix2pix': {
    title: 'InstructPix2Pix',
    text: 'the target prompt is an instruction; needs a model that was trained on such',
    defaults: defaultsOf(instructPix2PixEntries),
    samples: true,
    make: (options) => instructPix2Pix(options),
  },
} satisfies Readonly<Record<string, EditingMethod>>;

/** The name of a method, as `--method` takes it. */
export type MethodName = keyof typeof methods;

/** Every method of editing, by name. */
export const METHODS: Readonly<Record<MethodName, EditingMethod>> = methods;

/** The names, LUSD's first. */
export const METHOD_NAMES = Object.keys(methods) as MethodName[];
