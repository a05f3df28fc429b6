import { caption, type Picture, type Thing } from '@lusd/lusd/shapes';

/** A drawn picture and what it should become. */
export interface DemoEdit {
  /** Also the name of its files. */
  readonly name: string;
  readonly picture: Picture;
  readonly source: string;
  readonly target: string;
}

function demoEdit(name: string, picture: Picture, change: readonly Thing[]): DemoEdit {
  return { name, picture, source: caption(picture), target: caption({ ...picture, things: change }) };
}

const redCircle: Thing = { shape: 'circle', colour: 'red', x: 60, y: 68, r: 25 };
const yellowHeart: Thing = { shape: 'heart', colour: 'yellow', x: 70, y: 62, r: 26 };
const blueSquare: Thing = { shape: 'square', colour: 'blue', x: 62, y: 74, r: 26 };
const whiteStar: Thing = { shape: 'star', colour: 'white', x: 64, y: 64, r: 25 };
const greenDiamond: Thing = { shape: 'diamond', colour: 'green', x: 66, y: 66, r: 24 };
const orangeCircle: Thing = { shape: 'circle', colour: 'orange', x: 38, y: 70, r: 21 };

/**
 * A handful of edits of each kind (recolour, replace, insert), such as the small model does well; docs/edits.md counts
 * how often it does.
 */
export const DEMO_EDITS: readonly DemoEdit[] = [
  demoEdit('recolour-circle', { scene: 'snow', horizon: 70, things: [redCircle] }, [
    { ...redCircle, colour: 'yellow' },
  ]),
  demoEdit('recolour-heart', { scene: 'sea', horizon: 60, things: [yellowHeart] }, [
    { ...yellowHeart, colour: 'red' },
  ]),
  demoEdit('replace-square', { scene: 'sand', horizon: 66, things: [blueSquare] }, [
    { ...blueSquare, shape: 'heart' },
  ]),
  demoEdit('replace-star', { scene: 'night', horizon: 80, things: [whiteStar] }, [
    { ...whiteStar, shape: 'circle' },
  ]),
  demoEdit('insert-hat', { scene: 'snow', horizon: 72, things: [greenDiamond] }, [
    { ...greenDiamond, hat: 'red' },
  ]),
  demoEdit('insert-star', { scene: 'grass', horizon: 62, things: [orangeCircle] }, [
    orangeCircle,
    { shape: 'star', colour: 'blue', x: 96, y: 60, r: 20 },
  ]),
];
