import { useSignal } from '@preact/signals';
import { FileButton } from '../FileButton.tsx';
import { PictureCanvas } from '../PictureCanvas.tsx';
import type { OpenedPicture } from '../pictures/openedPicture.ts';
import type { Studio } from '../state/studio.ts';
import { MaskCanvas } from './MaskCanvas.tsx';

/** The picture with the mask that is painted on it. */
export function MaskEditor({ studio, image }: { studio: Studio; image: OpenedPicture }) {
  const { picture } = studio;
  const isErasing = useSignal(false);
  /** In percent of the picture's shorter side. */
  const brush = useSignal(10);
  const side = Math.min(image.width, image.height);
  return (
    <figure class="result">
      <div
        class="frame"
        style={{ '--aspect': image.width / image.height, aspectRatio: `${image.width} / ${image.height}` }}
      >
        <PictureCanvas image={image.shown} label="The picture to edit" />
        <MaskCanvas
          image={image}
          drawing={picture.drawing.value}
          radius={(brush.value / 200) * side}
          isErasing={isErasing.value}
          onStroke={(stroke) => picture.paint(stroke)}
        />
      </div>
      <figcaption class="tools">
        <span class="hint">
          {picture.hasMask.value
            ? 'Only what is painted may change.'
            : 'Paint where the picture may change, or leave it to the model.'}
        </span>
        <label class="check">
          <input
            type="checkbox"
            checked={isErasing}
            onChange={({ currentTarget }) => (isErasing.value = currentTarget.checked)}
          />
          Erase
        </label>
        <Slider label="Brush" max={50} value={brush.value} onChange={(value) => (brush.value = value)} />
        <Slider
          label="Feather"
          max={Math.round(side / 8)}
          value={picture.drawing.value.feather}
          onChange={(value) => picture.setFeather(value)}
        />
        <button type="button" class="quiet" disabled={!picture.hasMask.value} onClick={() => picture.undo()}>
          Undo
        </button>
        <button
          type="button"
          class="quiet"
          disabled={!picture.hasMask.value}
          onClick={() => picture.clearMask()}
        >
          Clear
        </button>
        <FileButton
          label="Load a mask"
          class="quiet"
          accept="image/*"
          onFiles={([file]) => file && void studio.loadMask(file)}
        />
        <FileButton
          label="Another picture"
          class="quiet"
          accept="image/*"
          onFiles={([file]) => file && void studio.loadPicture(file, file.name)}
        />
      </figcaption>
    </figure>
  );
}

interface SliderProps {
  readonly label: string;
  readonly max: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Slider({ label, max, value, onChange }: SliderProps) {
  return (
    <label class="slider">
      {label}
      <input
        type="range"
        min={label === 'Brush' ? 1 : 0}
        max={max}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
    </label>
  );
}
