import { alignedTargetTokens, directionScaleSchedule, lusd } from '@lusd/lusd';
import { cosineSimilarity } from '@lusd/lusd/metrics';
import { loadPerceptronModel } from '@lusd/lusd/node';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';

const { options } = lusd({ ...SHAPES_OPTIONS, numSteps: 3 });
console.log('direction scales:', Array.from(directionScaleSchedule(options.numSteps, options)));
const words = { maxLength: 77, tokenize: (text: string) => [...text.matchAll(/\w+/g)].map(spanOf) };
const { indices } = alignedTargetTokens('a red circle', 'a red square', words, (all) => all.map(() => 'NN'));
console.log('looks at token', indices.join(), typeof loadPerceptronModel);
console.log('cosine:', cosineSimilarity(Float32Array.of(1, 0), Float32Array.of(1, 1)));

function spanOf({ 0: text, index }: RegExpExecArray) {
  return { start: index, end: index + text.length };
}
