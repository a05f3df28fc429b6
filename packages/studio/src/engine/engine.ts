import type {
  EditEvent,
  MarkedPrompt,
  ModelFacts,
  ModelSettings,
  StudioSettings,
  WordSettings,
} from '../session/index.ts';

/** Where weights come from. */
export type WeightsSource =
  /** A folder behind a web address, in the diffusers layout. */
  | { readonly kind: 'address'; readonly address: string }
  /** Files behind a web address that are known by their paths, such as those of the model that comes with the page. */
  | { readonly kind: 'listed'; readonly address: string; readonly paths: readonly string[] }
  /** A `.safetensors` file, or the files of a folder, that were picked. */
  | { readonly kind: 'files'; readonly files: readonly File[] }
  /** Weights that the browser keeps. */
  | { readonly kind: 'kept'; readonly name: string }
  /** Those that the server was started with. */
  | { readonly kind: 'server' };

/** Weights that the browser keeps. */
export interface KeptWeights {
  readonly name: string;
  readonly bytes: number;
  /** Bytes that are still to be downloaded; 0 for weights that can be used. */
  readonly missing: number;
  readonly license: string | null;
}

/** How far a download is. */
export interface PullProgress {
  readonly path: string;
  readonly done: number;
  readonly total: number;
}

/** What is downloaded from a hub. */
export interface PullRequest {
  /** `sd15`, or `organisation/name`. */
  readonly name: string;
  /** The hub's address, such as `https://huggingface.co`. */
  readonly hub: string;
}

/** The weights that a browser keeps in its origin's private file system. */
export interface WeightsShelf {
  list(): Promise<readonly KeptWeights[]>;
  /**
   * Downloads what is missing of some weights, and checks it.
   * @throws EngineError; the signal's reason. What has arrived is kept, and the next call goes on from there
   */
  pull(
    request: PullRequest,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<KeptWeights>;
  remove(name: string): Promise<void>;
}

/** A picture as a browser has it: its file, or decoded; a decoded one is the engine's from then on. */
export type BrowserPicture = Blob | ImageBitmap;

/** A picture with what should be made of it. The engine takes the pixels out: on a page that would take too long. */
export interface PictureJob {
  readonly picture: BrowserPicture;
  /** White where the picture may change; of the picture's size. */
  readonly mask: BrowserPicture | null;
  readonly settings: StudioSettings;
}

/** An edit that is under way. */
export interface RunningEdit {
  readonly id: string;
  pause(): void;
  resume(): void;
  stop(): void;
}

/** What edits pictures: a worker of this page, or a server on this machine. A page knows nothing else of either. */
export interface Engine {
  readonly place: 'page' | 'server';
  /** Null where the weights are the server's. */
  readonly shelf: WeightsShelf | null;
  /** Opens the device and loads weights. @throws EngineError saying what is missing or wrong, and what to do */
  open(source: WeightsSource, settings: ModelSettings): Promise<ModelFacts>;
  /** @throws EngineError for a choice that is not in the prompt, or if no weights are open */
  markWords(settings: WordSettings): Promise<MarkedPrompt>;
  /**
   * Starts an edit. Its events come in order and end with one of `done`, `stopped` and `failed`.
   * @throws EngineError if it cannot be started
   */
  edit(job: PictureJob, onEvent: (event: EditEvent) => void): Promise<RunningEdit>;
  /** Follows an edit that an earlier page started, from its first event on; null if it is not known any more. */
  attach(id: string, onEvent: (event: EditEvent) => void): Promise<RunningEdit | null>;
  close(): void;
}
