export { withoutBrackets } from './brackets.ts';
export { chooseTargetTokens, type TokenChoice } from './chooseTargetTokens.ts';
export { findWords, type PromptDifference, promptDifference, type Word } from './difference.ts';
export { alignedTargetTokens, parityTargetTokens } from './differingTokens.ts';
export { explicitTargetTokens, namedTargetTokens } from './namedTokens.ts';
export { loadPerceptronModel } from './perceptronModel.ts';
export { type PerceptronModel, perceptronTagger } from './perceptronTagger.ts';
export { loadBrillTagger, type Tagger } from './tagger.ts';
export type { PromptTokenizer, TargetTokens, TargetWord, TokenSpan } from './targetTokens.ts';
