import { STUDY_QUESTIONS } from '@lusd/lusd/metrics';
import { STUDY_SCRIPT } from './script.ts';

/** One comparison on the page; pictures are paths from it. Nothing tells the methods. */
export interface PageTrial {
  readonly prompt: string;
  readonly source: string;
  readonly left: string;
  readonly right: string;
}

const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 1rem auto; padding: 0 1rem; }
  .pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; }
  figure { margin: 0; }
  img { width: 100%; border-radius: 4px; }
  button, input { font: inherit; padding: .4rem .8rem; }
  progress { width: 100%; }
  kbd { border: 1px solid; border-radius: 3px; padding: 0 .3em; }
  .row { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; justify-content: center; margin: 1rem 0; }
`;

/**
 * The page of a study: two results beside their source, four questions each, answered with the keys 1, 2 and 0.
 * @param id tells the study from others; answers carry it
 */
export function studyPage(id: string, trials: readonly PageTrial[]): string {
  const questions = Object.entries(STUDY_QUESTIONS).map(([name, text]) => ({ name, text }));
  // A "<" in the data could end the script element.
  const data = JSON.stringify({ id, questions, trials }).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Which edit is better?</title>
<style>${STYLE}</style>
<progress id="progress" aria-label="Answered"></progress>
<p id="note"></p>
<main id="trial">
  <h1 id="question" aria-live="polite"></h1>
  <p>The picture on the left was to become: <strong id="prompt"></strong></p>
  <div class="pictures">
    <figure><img id="source" alt="The picture that was edited"><figcaption>before</figcaption></figure>
    <figure><img id="left" alt="The first edit"><figcaption>1</figcaption></figure>
    <figure><img id="right" alt="The second edit"><figcaption>2</figcaption></figure>
  </div>
  <div class="row">
    <button data-choice="1"><kbd>1</kbd> first</button>
    <button data-choice="2"><kbd>2</kbd> second</button>
    <button data-choice="0"><kbd>0</kbd> no difference</button>
  </div>
</main>
<main id="end" hidden>
  <h1>Thank you</h1>
  <p>Save your answers and send the file to who asked you.</p>
  <div class="row"><button data-save>Save answers</button></div>
</main>
<div class="row">
  <button id="back"><kbd>Backspace</kbd> back</button>
  <label>Name or number, if you were given one: <input id="participant"></label>
  <button data-save>Save what is answered so far</button>
</div>
<script type="application/json" id="study">${data}</script>
<script>${STUDY_SCRIPT}</script>
</html>
`;
}
