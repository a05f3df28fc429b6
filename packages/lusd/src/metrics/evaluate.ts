import { type Image, resizeBicubic } from '@lusd/sd-models';
import { cosineSimilarity } from './distance.ts';
import type { Embedder, Tokens } from './embedder.ts';
import type { EvaluationTurn } from './magicBrush.ts';
import { mapPixelMetrics, type PixelScores } from './pixelMetrics.ts';
import {
  byCategory,
  type CategorySummaries,
  type ClipScores,
  type MetricSummary,
  type PixelSummary,
  summarize,
  summarizePixels,
} from './summary.ts';

/** The metrics of a turn's result; without CLIP, `clip` is null. */
export interface TurnScores {
  readonly turn: EvaluationTurn;
  readonly pixels: PixelScores;
  readonly clip: ClipScores | null;
}

/** What an evaluation reads its pictures and computes its metrics with. */
export interface EvaluationOptions {
  /** Reads the picture at a path that a turn names; `readImage` of @lusd/sd-models/node reads files. */
  readonly readImage: (path: string) => Promise<Image>;
  /** Computes CLIP's metrics; null: L1 and L2 only. */
  readonly embedder: Embedder | null;
  /** Turns whose pictures, up to three each, are embedded at once. Default 8. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /**
   * Called for a turn that is left out because a picture cannot be decoded or a caption is too long. Without it the
   * first such turn ends the evaluation.
   */
  readonly onFailure?: (turn: EvaluationTurn, error: unknown) => void;
}

const BATCH_SIZE = 8;

/**
 * Computes the metrics of each turn's result, in the turns' order. The result is resized to the ground truth (Pillow's
 * bicubic) for L1 and L2; CLIP prepares every picture for itself.
 *
 * @throws the signal's reason; Error naming a picture or a caption that cannot be used, without `onFailure`;
 *   RangeError for a turn without captions, with an embedder
 * Source: MagicBrush's evaluation, as the released program extends it.
 */
export async function* evaluateTurns(
  turns: readonly EvaluationTurn[],
  { readImage, embedder, batchSize = BATCH_SIZE, signal, onFailure }: EvaluationOptions,
): AsyncGenerator<TurnScores, void> {
  for (let start = 0; start < turns.length; start += batchSize) {
    const pictures = new Pictures(readImage);
    const prepared: PreparedTurn[] = [];
    for (const turn of turns.slice(start, start + batchSize)) {
      signal?.throwIfAborted();
      try {
        prepared.push(await prepareTurn(turn, embedder, pictures));
      } catch (error) {
        if (!onFailure) throw error;
        onFailure(turn, error);
      }
    }
    const clip = embedder && (await clipScores(embedder, prepared));
    for (const [i, { turn, pixels }] of prepared.entries()) yield { turn, pixels, clip: clip?.[i] ?? null };
  }
}

/**
 * The paper's table for the turns' scores, all of which must have CLIP's or none.
 * @throws RangeError if only some have CLIP's scores
 */
export function summarizeTurns(
  scores: readonly TurnScores[],
): CategorySummaries<MetricSummary> | CategorySummaries<PixelSummary> {
  const pixels = scores.map(({ turn, pixels }) => ({ category: turn.category, ...pixels }));
  const whole = scores.flatMap(({ clip }, i) => (clip ? [{ ...pixels[i]!, ...clip }] : []));
  if (whole.length === 0) return byCategory(pixels, summarizePixels);
  if (whole.length === scores.length) return byCategory(whole, summarize);
  throw new RangeError(
    `${whole.length} of ${scores.length} results have CLIP's scores; compute all or none.`,
  );
}

/** Pictures by their paths, each decoded once: a turn's ground truth is the next one's input. */
class Pictures {
  private readonly images = new Map<string, Image>();

  constructor(private readonly readImage: EvaluationOptions['readImage']) {}

  async read(path: string): Promise<Image> {
    const image = this.images.get(path) ?? (await this.readImage(path));
    this.images.set(path, image);
    return image;
  }
}

/** What CLIP compares of a turn. */
interface ClipInput {
  readonly generated: Image;
  readonly groundTruth: Image;
  readonly input: Image;
  readonly local: Tokens;
  readonly global: Tokens;
}

interface PreparedTurn {
  readonly turn: EvaluationTurn;
  readonly pixels: PixelScores;
  readonly clip: ClipInput | null;
}

async function prepareTurn(
  turn: EvaluationTurn,
  embedder: Embedder | null,
  pictures: Pictures,
): Promise<PreparedTurn> {
  const generated = await pictures.read(turn.generated);
  const groundTruth = await pictures.read(turn.groundTruth);
  const clip = embedder && {
    generated,
    groundTruth,
    input: await pictures.read(turn.input),
    ...tokenizeCaptions(turn, embedder),
  };
  return { turn, pixels: pixelScores(generated, groundTruth), clip };
}

function pixelScores(generated: Image, { width, height, data }: Image): PixelScores {
  const resized = resizeBicubic(generated, width, height);
  return mapPixelMetrics((metric) => metric(resized.data, data));
}

function tokenizeCaptions({ captions, files }: EvaluationTurn, embedder: Embedder) {
  if (!captions) throw new RangeError(`${files.caption} has no captions, which CLIP's metrics need.`);
  const tokenize = (kind: 'local' | 'global'): Tokens => {
    try {
      return embedder.tokenize(captions[kind]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The ${kind} caption of ${files.caption} cannot be used. ${reason}`, { cause });
    }
  };
  return { local: tokenize('local'), global: tokenize('global') };
}

async function clipScores(embedder: Embedder, turns: readonly PreparedTurn[]): Promise<ClipScores[]> {
  const inputs = turns.flatMap(({ clip }) => (clip ? [clip] : []));
  if (inputs.length === 0) return [];
  const images = [
    ...new Set(inputs.flatMap(({ generated, groundTruth, input }) => [generated, groundTruth, input])),
  ];
  const vectors = await embedder.embedImages(images);
  const ofImage = new Map(images.map((image, i) => [image, vectors[i]!]));
  const ofText = await embedder.embedTexts(inputs.flatMap(({ local, global }) => [local, global]));
  return inputs.map(({ generated, groundTruth, input }, i) => {
    const [local, global] = [ofText[2 * i]!, ofText[2 * i + 1]!];
    const result = ofImage.get(generated)!;
    return {
      clipI: cosineSimilarity(result, ofImage.get(groundTruth)!),
      clipT: cosineSimilarity(result, local),
      clipR: cosineSimilarity(result, global) / cosineSimilarity(ofImage.get(input)!, global),
    };
  });
}
