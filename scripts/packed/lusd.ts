import { directionScaleSchedule, parseEditOptions, promptDifference } from '@lusd/lusd';

const options = parseEditOptions({ numSteps: 3 });
console.log('direction scales:', Array.from(directionScaleSchedule(options.numSteps, options)));
const { words, differing } = promptDifference('a red circle', 'a blue circle');
console.log('differs:', differing.map((i) => words[i]?.text).join(' '));
