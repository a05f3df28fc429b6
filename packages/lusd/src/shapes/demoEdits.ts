import { caption, type Picture, type Thing } from './world.ts';

/** A drawn picture and what it should become. */
export interface DemoEdit {
  /** Also used as the name of its files. */
  readonly name: string;
  readonly picture: Picture;
  readonly source: string;
  readonly target: string;
}

function demoEdit(name: string, picture: Picture, change: readonly Thing[]): DemoEdit {
  return { name, picture, source: caption(picture), target: caption({ ...picture, things: change }) };
}

const yellowHeart: Thing = { shape: 'heart', colour: 'yellow', x: 70, y: 62, r: 26 };
const blueSquare: Thing = { shape: 'square', colour: 'blue', x: 62, y: 74, r: 26 };
const blueCircle: Thing = { shape: 'circle', colour: 'blue', x: 62, y: 74, r: 24 };

/**
 * An edit of each kind (recolour, replace, insert), such as the small model does well; docs/edits.md counts how often
 * it does. Prompts of which the filter refuses many draws are left out: they take several times as long.
 */
export const DEMO_EDITS: readonly DemoEdit[] = [
  demoEdit('recolour-heart', { scene: 'sea', horizon: 60, things: [yellowHeart] }, [
    { ...yellowHeart, colour: 'red' },
  ]),
  demoEdit('replace-square', { scene: 'sand', horizon: 66, things: [blueSquare] }, [
    { ...blueSquare, shape: 'heart' },
  ]),
  demoEdit('insert-hat', { scene: 'sand', horizon: 68, things: [blueCircle] }, [
    { ...blueCircle, hat: 'yellow' },
  ]),
];
