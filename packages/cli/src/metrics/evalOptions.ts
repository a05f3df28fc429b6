import { Option } from '@commander-js/extra-typings';
import type { PixelSource } from '@lusd/sd-models/node';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption, dtypeOption } from '../options/modelCommand.ts';
import { parseCount, parseNames, parsePositive } from '../options/parsers.ts';
import { pixelsOption } from '../options/pixelsOption.ts';
import { parseShard, type Shard } from '../run/shard.ts';
import type { BenchmarkFlags } from './benchmarks/benchmark.ts';
import type { EmbeddingFlags } from './embeddingCache.ts';
import type { LoadFlags } from './loadModels.ts';

export interface EvalFlags extends CommonOptions, BenchmarkFlags, LoadFlags, EmbeddingFlags {
  readonly name?: string | undefined;
  readonly outputDir?: string | undefined;
  readonly shard?: Shard | undefined;
  readonly allowIncomplete?: true | undefined;
  readonly pixels: PixelSource;
  readonly seed: number;
  readonly resamples: number;
}

const NOTES = `
MagicBrush: results are <id>/<id>_1.png and <id>/<id>_inde_2.png, _inde_3.png, .. or, of final turns, _iter_2.png, ..;
the ground truth is <id>/<id>-input.png, <id>/<id>-output1.png, ..; captions are {"<id>": {"<id>-output1.png": ".."}}.
A removal counts as a change. PIE-Bench: results are annotation_images/<image_path>, as .jpg or .png. Pairs: a table of
source, result and, where there are some, source_prompt, target_prompt, mask, ground_truth, category. "-" stands for a
mean over no result; L1* and CLIP-I* need a result whose CLIP-R is above 1.22.`;

/** `lusd eval` without its action. */
export function evalOptions() {
  return baseCommand('eval', 'score results: of MagicBrush, of PIE-Bench, or of any pictures')
    .optionsGroup('Results:')
    .option('--generated-path <folder>', 'the results, of MagicBrush or PIE-Bench')
    .option('--name <method>', "the method's name in tables; default: that of the folder or table of results")
    .option('--output-dir <folder>', 'keep scores.csv, scores.json, and what is needed to go on after a stop')
    .option('--metrics <names>', 'comma-separated; default: those of the papers', parseNames)
    .option('--allow-incomplete', 'leave out what is missing or cannot be read, instead of stopping')
    .addOption(
      new Option(
        '--shard <i/n>',
        'score one part of n; default: taken from a Slurm array or an indexed Job. The parts share an --output-dir, and the last writes the tables',
      ).argParser(parseShard),
    )
    .addOption(pixelsOption())
    .optionsGroup('MagicBrush:')
    .option('--gt-path <folder>', "the test set's pictures")
    .addOption(
      new Option('--turns <which>', 'all: each turn by itself; final: the last of each chain of edits')
        .choices(['all', 'final'] as const)
        .default('all' as const),
    )
    .option('--caption-path <file>', 'local captions, local_descriptions.json, for CLIP-T')
    .option('--global-caption-path <file>', 'global captions, global_descriptions.json, for CLIP-R')
    .option(
      '--category-path <file>',
      'add, change or remove: JSON as the captions, or magicbrush_category.csv',
    )
    .optionsGroup('Others:')
    .option('--pie-bench <folder>', 'holds mapping_file.json and annotation_images')
    .option('--pairs <file>', 'a .csv with a row a result; its paths are relative to it')
    .optionsGroup('Versions of libraries, where their numbers differ; the defaults are as published:')
    .addOption(
      new Option('--torchmetrics <version>', '1.2.1: another LPIPS; 1.4.2: that, and SSIM over all pixels')
        .choices(['1.2.0', '1.2.1', '1.4.2'] as const)
        .default('1.2.0' as const),
    )
    .addOption(
      new Option('--torchvision <version>', '0.17: the structure distance resizes with antialiasing')
        .choices(['0.13', '0.17'] as const)
        .default('0.13' as const),
    )
    .addOption(
      new Option('--structure-white <value>', 'white in the structure distance; 1: as DINO was trained')
        .choices(['255', '1'] as const)
        .default('255' as const),
    )
    .optionsGroup('Intervals:')
    .option('--seed <n>', 'of the draws', parseCount, 0)
    .option('--resamples <n>', 'draws of groups with replacement', parsePositive, 2000)
    .optionsGroup('Models:')
    .option(
      '--weights <folder|file|name>',
      'CLIP ViT-B/32: a folder, a .safetensors file, or clip, which `lusd weights pull clip` downloads',
      'clip',
    )
    .option('--config-folder <folder>', "folder of CLIP's tokenizer; default: next to the weights")
    .option(
      '--clip-l14 <folder|name>',
      "CLIP ViT-L/14, for PIE-Bench's CLIP similarities and the directional one",
      'clip-l14',
    )
    .option('--dino-s16 <folder|file|name>', "DINO ViT-S/16, for MagicBrush's DINO", 'dino-s16')
    .option('--dino-b8 <folder|file|name>', 'DINO ViT-B/8, for the structure distance', 'dino-b8')
    .option('--squeezenet <file>', "torchvision's SqueezeNet 1.1 as .safetensors, for LPIPS")
    .addOption(dtypeOption())
    .addOption(adapterOption())
    .option('--batch-size <n>', 'results, and pictures in a batch of a model', parsePositive, 8)
    .addOption(
      new Option(
        '--embedding-dir <folder>',
        'where embeddings of pictures and texts are kept for later evaluations; default: ~/.cache/lusd/embeddings',
      ).env('LUSD_EMBEDDING_DIR'),
    )
    .option('--no-embedding-dir', 'keep no embeddings, and compute all')
    .addHelpText('after', NOTES);
}
