import { FileButton } from '../FileButton.tsx';
import { SHAPES } from '../state/modelStore.ts';
import type { Studio } from '../state/studio.ts';
import { KeptList } from './KeptList.tsx';
import { OpeningOptions } from './OpeningOptions.tsx';
import { PullForm } from './PullForm.tsx';

/** Which weights are open, how they are opened, and how others are got. */
export function Weights({ studio }: { studio: Studio }) {
  const { model, engine } = studio;
  const { value: state } = model.state;
  const isBusy = studio.edits.isActive.value || state.kind === 'opening';
  return (
    <section class="options" aria-labelledby="weights-title">
      <h2 id="weights-title">Weights</h2>
      {state.kind === 'failed' && (
        <div class="notice error" role="alert">
          <p>{state.failure.message}.</p>
          {state.failure.kind === 'no-webgpu' && <NoWebGpu />}
        </div>
      )}
      {state.kind === 'open' && (
        <p class="hint">
          {state.facts.dtype}; trained at {state.facts.size} pixels. {state.facts.notes.join(' ')}
        </p>
      )}
      {engine.shelf ? (
        <>
          <div class="buttons">
            <button
              type="button"
              disabled={isBusy}
              onClick={() => void model.open(SHAPES).then(() => studio.suitModel())}
            >
              Shapes model
            </button>
            <FileButton
              label="Open a folder"
              isFolder
              disabled={isBusy}
              onFiles={(files) => void model.open({ kind: 'files', files })}
            />
            <FileButton
              label="Open a file"
              accept=".safetensors"
              disabled={isBusy}
              onFiles={(files) => void model.open({ kind: 'files', files })}
            />
          </div>
          <KeptList studio={studio} isBusy={isBusy} />
          <PullForm model={model} />
        </>
      ) : (
        <p class="hint">They were chosen when the server was started: `lusd studio --weights`.</p>
      )}
      {engine.shelf && <OpeningOptions studio={studio} isBusy={isBusy} />}
    </section>
  );
}

function NoWebGpu() {
  return (
    <p>
      The page needs WebGPU: Chrome or Edge from version 113, Safari from 26, or Firefox from 141 on Windows,
      with a GPU that is not blocked (see chrome://gpu). Otherwise run <code>npx lusd studio</code>, which
      brings its own.
    </p>
  );
}
