import { type Image, resizeBicubic } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';

const image: Image = { width: 2, height: 1, data: Uint8Array.from([255, 0, 0, 0, 0, 255]) };
const larger = resizeBicubic(image, 8, 4);
console.log('bytes of a PNG of', larger.width, 'x', larger.height, ':', encodePng(larger).length);
