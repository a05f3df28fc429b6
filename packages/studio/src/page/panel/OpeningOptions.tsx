import { MODEL_TEXTS } from '@lusd/lusd';
import { FileButton } from '../FileButton.tsx';
import type { Studio } from '../state/studio.ts';

const DTYPES = ['auto', 'f32', 'f16'] as const;

/** How weights are opened; a change opens them again. */
export function OpeningOptions({ studio: { model }, isBusy }: { studio: Studio; isBusy: boolean }) {
  const { value: settings } = model.settings;
  return (
    <details>
      <summary>How they are opened</summary>
      <div class="option">
        <label for="option-dtype">dtype</label>
        <select
          id="option-dtype"
          aria-describedby="about-dtype"
          value={settings.dtype}
          disabled={isBusy}
          onChange={({ currentTarget: { value } }) =>
            void model.reopen({ ...settings, dtype: DTYPES.find((dtype) => dtype === value) ?? 'auto' })
          }
        >
          {DTYPES.map((dtype) => (
            <option key={dtype}>{dtype}</option>
          ))}
        </select>
        <p id="about-dtype">{MODEL_TEXTS.dtype.text} (default auto)</p>
      </div>
      <div class="option">
        <label for="option-prediction-type">prediction-type</label>
        <select
          id="option-prediction-type"
          aria-describedby="about-prediction-type"
          value={settings.predictionType ?? ''}
          disabled={isBusy}
          onChange={({ currentTarget: { value } }) =>
            void model.reopen({
              ...settings,
              predictionType: value === 'epsilon' || value === 'v_prediction' ? value : undefined,
            })
          }
        >
          <option value="">as the weights say</option>
          <option>epsilon</option>
          <option>v_prediction</option>
        </select>
        <p id="about-prediction-type">{MODEL_TEXTS.predictionType.text}</p>
      </div>
      <FilesOption
        name="vae"
        text={MODEL_TEXTS.vae.text}
        accept=".safetensors"
        files={settings.vae}
        isBusy={isBusy}
        onFiles={(vae) => void model.reopen({ ...settings, vae })}
      />
      <FilesOption
        name="config-folder"
        text={MODEL_TEXTS.configFolder.text}
        files={settings.configFolder}
        isBusy={isBusy}
        onFiles={(configFolder) => void model.reopen({ ...settings, configFolder })}
      />
      <div class="option">
        <label for="option-variant">variant</label>
        <input
          id="option-variant"
          type="text"
          aria-describedby="about-variant"
          value={settings.variant ?? ''}
          placeholder="by itself"
          disabled={isBusy}
          onChange={({ currentTarget: { value } }) =>
            void model.reopen({ ...settings, variant: value.trim() || undefined })
          }
        />
        <p id="about-variant">{MODEL_TEXTS.variant.text}</p>
      </div>
    </details>
  );
}

interface FilesOptionProps {
  readonly name: string;
  readonly text: string;
  /** The ending of a single file; only a folder can be chosen where there is none. */
  readonly accept?: string;
  readonly files: readonly File[] | undefined;
  readonly isBusy: boolean;
  readonly onFiles: (files: readonly File[] | undefined) => void;
}

/** An option whose value is a file or a folder. */
function FilesOption({ name, text, accept, files, isBusy, onFiles }: FilesOptionProps) {
  return (
    <div class="option wide">
      <span id={`option-${name}`}>{name}</span>
      <div class="buttons">
        {files ? (
          <button
            type="button"
            disabled={isBusy}
            aria-describedby={`option-${name}`}
            onClick={() => onFiles(undefined)}
          >
            Without
          </button>
        ) : (
          <>
            {accept && (
              <FileButton
                label={`Choose a ${name} file`}
                accept={accept}
                disabled={isBusy}
                onFiles={onFiles}
              />
            )}
            <FileButton
              label={`Choose a ${name === 'vae' ? 'vae folder' : name}`}
              isFolder
              disabled={isBusy}
              onFiles={onFiles}
            />
          </>
        )}
      </div>
      <p>{text}</p>
    </div>
  );
}
