import { render } from 'preact';
import './styles/index.css';
import { App } from './App.tsx';
import { openEngine } from './openEngine.ts';
import { Pictures } from './pictures/pictures.ts';
import { Studio } from './state/studio.ts';
import { takePictures } from './takePictures.ts';

const root = document.querySelector('#app');
if (!root) throw new Error('the page has no element #app');
const worker = new Worker(new URL('./pictures/worker.ts', import.meta.url), { type: 'module' });
const pictures = new Pictures(worker);
const studio = new Studio(openEngine(pictures), pictures);
takePictures(document, studio);
// A worker ends with its page; a server goes on.
addEventListener('beforeunload', (event) => {
  if (studio.engine.place === 'page' && studio.edits.isActive.value) event.preventDefault();
});
render(<App studio={studio} />, root);
await studio.open();
