import type { EditCategory } from './summary.ts';

/** The files of one editing turn of a MagicBrush session, relative to the folders that hold them. */
export interface TurnFiles {
  /** The edited image, in the folder of results. */
  readonly generated: string;
  /** The image to edit, in the ground truth's folder. */
  readonly input: string;
  /** The image that the editing should give, in the ground truth's folder. */
  readonly groundTruth: string;
  /** Key of the turn's caption, under the session's id, in the files of local and of global captions. */
  readonly caption: string;
}

/** A turn whose files are complete. */
export interface EvaluationTurn {
  /** The session. */
  readonly id: string;
  /** From 1. */
  readonly turn: number;
  /** As `turnFiles` names them, without their folders. */
  readonly files: TurnFiles;
  /** Paths of the pictures. */
  readonly generated: string;
  readonly groundTruth: string;
  readonly input: string;
  readonly captions: { readonly local: string; readonly global: string } | null;
  readonly category: EditCategory | null;
}

/**
 * Names the files of a turn. Turns are edited independently: each starts from the ground truth of the one
 * before it.
 *
 * @param id the session's id
 * @param turn 1 for the first
 */
export function turnFiles(id: string, turn: number): TurnFiles {
  const caption = `${id}-output${turn}.png`;
  return {
    generated: `${id}/${id}_${turn === 1 ? '1' : `inde_${turn}`}.png`,
    input: `${id}/${id}-${turn === 1 ? 'input' : `output${turn - 1}`}.png`,
    groundTruth: `${id}/${caption}`,
    caption,
  };
}
