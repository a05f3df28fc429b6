/** Which turns of a session are scored. `all`: each, from the ground truth before it; `final`: the last of a chain. */
export type TurnProtocol = 'all' | 'final';

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
  /** Key of the input's caption. */
  readonly inputCaption: string;
}

/**
 * Names the files of a turn. Of `all` turns, each starts from the ground truth of the one before it; a `final` one ends
 * a chain that starts from the session's input, where each turn edits the result before it.
 *
 * @param id the session's id
 * @param turn 1 for the first
 */
export function turnFiles(id: string, turn: number, protocol: TurnProtocol = 'all'): TurnFiles {
  const caption = `${id}-output${turn}.png`;
  const before = protocol === 'final' || turn === 1 ? 'input' : `output${turn - 1}`;
  const later = protocol === 'final' ? 'iter' : 'inde';
  return {
    generated: `${id}/${id}_${turn === 1 ? '1' : `${later}_${turn}`}.png`,
    input: `${id}/${id}-${before}.png`,
    groundTruth: `${id}/${caption}`,
    caption,
    inputCaption: `${id}-${before}.png`,
  };
}
