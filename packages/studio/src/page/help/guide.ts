/** What a person sees, and what to change about it. */
export interface Advice {
  readonly when: string;
  readonly change: string;
}

/** docs/studio.md has the same rows; a test compares them. */
export const ADVICE: readonly Advice[] = [
  {
    when: 'The edit does not show',
    change:
      'Look at the mask first: if it is dark where the change should be, mark the word of the thing that changes. Then raise ds-high (the size of the first steps) or lower reg-scale (the pull back to the source); more num-steps helps if the last previews still changed.',
  },
  {
    when: 'It spills over into what should stay',
    change:
      'Unmark words that are not about the change, or paint a mask. A lower cross-attn-momentum makes the model’s mask steadier; composite puts the original pixels back outside the painted mask.',
  },
  {
    when: 'It washes out, or loses detail',
    change:
      'Lower ds-high or lr, or raise reg-scale. Fewer num-steps keep more of the source. Check that size is the one that the model was trained at.',
  },
  {
    when: 'It changes the wrong thing',
    change:
      'Write both prompts in the same words but for the change, so that the words that differ are the ones that matter; then mark the right word by hand. Another seed draws other noise.',
  },
  {
    when: 'It is very slow, with many attempts a step',
    change:
      'The filter refuses most draws: lower threshold, or lower threshold-decay-rate, so that it gives way sooner.',
  },
];

/** What the curves and the mask tell. */
export const READINGS: readonly Advice[] = [
  {
    when: 'std and threshold',
    change:
      'std is how much the two prompts disagree about the noise of this draw. A draw below the threshold tells too little and is refused; the threshold falls with every refusal and starts again at the next step. A std that stays close to the threshold means prompts that hardly differ for this picture.',
  },
  {
    when: 'timestep',
    change:
      'The amount of noise of each accepted draw, between t-min and t-max. High ones move large shapes, low ones detail. If all are high, the filter refuses the rest: the change is one of shape.',
  },
  {
    when: 'attempts',
    change: 'Draws that each step took. Most should be 1 to 5; tall bars are where the time goes.',
  },
  {
    when: 'The model’s mask',
    change:
      'Where it is bright, the words that are marked hold the model’s attention, and the picture may change. It starts as the whole picture and narrows over the steps. The first step has none, since it is made from the step before.',
  },
];
