/** Cells of the alignment's table by the step that leads to them. */
type Step = 'inserted' | 'left out' | 'both';

/**
 * Which token of the source each token of the target stands for: global alignment after Needleman and Wunsch, where a
 * gap costs nothing, equal tokens count 1 and different ones -1. Of equally good steps an insertion in the target is
 * taken first, then an omission.
 *
 * @param source token ids, start and end included
 * @param target the same
 * @returns for each of the target's tokens a position in `source`, or null where it was inserted
 *
 * Source: `seq_aligner.py` of prompt-to-prompt.
 */
export function alignTokens(source: readonly number[], target: readonly number[]): (number | null)[] {
  const steps = alignmentSteps(source, target);
  const aligned: (number | null)[] = [];
  let [i, j] = [source.length, target.length];
  while (j > 0) {
    const step = steps[i]![j]!;
    if (step !== 'inserted') i--;
    if (step !== 'left out') aligned[--j] = step === 'both' ? i : null;
  }
  return aligned;
}

/** How each pair of beginnings is best aligned: the last step of it. */
function alignmentSteps(source: readonly number[], target: readonly number[]): Step[][] {
  const steps: Step[][] = [Array<Step>(target.length + 1).fill('inserted')];
  let above = new Array<number>(target.length + 1).fill(0);
  for (const token of source) {
    const [scores, row]: [number[], Step[]] = [[0], ['left out']];
    for (const [j, other] of target.entries()) {
      const both = above[j]! + (token === other ? 1 : -1);
      const best = Math.max(scores[j]!, above[j + 1]!, both);
      scores.push(best);
      row.push(best === scores[j] ? 'inserted' : best === above[j + 1] ? 'left out' : 'both');
    }
    above = scores;
    steps.push(row);
  }
  return steps;
}
