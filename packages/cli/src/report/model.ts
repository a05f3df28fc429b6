/** What a report shows, as its page gets it. Nothing here knows of files, so that the page's script shares it. */
export interface Report {
  readonly title: string;
  /** Names of the compared folders; one where nothing is compared. */
  readonly methods: readonly string[];
  readonly columns: readonly Column[];
  readonly edits: readonly ReportEdit[];
}

/** A number that every result may have. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** Null where neither is: no result is marked as the best. */
  readonly better: 'higher' | 'lower' | null;
  /** The table shows the number times this. */
  readonly scale: number;
  /** Digits after the point. */
  readonly digits: number;
}

/** Where a picture stands in the list of pictures. */
export type PictureIndex = number;

export interface Prompts {
  readonly source: string;
  readonly target: string;
}

/** One picture with what it should become, and what came of it. */
export interface ReportEdit {
  readonly name: string;
  readonly prompts: Prompts;
  /** Words of the target prompt that the mask was made from. */
  readonly words: readonly string[];
  readonly categories: readonly string[];
  readonly source: PictureIndex | null;
  /** At most one of each method. */
  readonly results: readonly ReportResult[];
}

export interface ReportResult {
  /** Its place among the report's methods. */
  readonly method: number;
  /** Null where the edit failed. */
  readonly picture: PictureIndex | null;
  readonly mask: PictureIndex | null;
  readonly previews: readonly Preview[];
  readonly steps: Steps | null;
  /** Why there is no picture. */
  readonly error: string | null;
  /** The method's own, where they are not the edit's. */
  readonly prompts: Prompts | null;
  /** Seed, weights, device, options, by their names. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** For each of the report's columns; null where it has none. It may be infinite. */
  readonly values: readonly (number | null)[];
}

export interface Preview {
  readonly iteration: number;
  readonly picture: PictureIndex;
}

/** The iterations of an edit, one number each. */
export interface Steps {
  readonly std: readonly (number | null)[];
  readonly threshold: readonly (number | null)[];
  readonly attempts: readonly number[];
  readonly timestep: readonly number[];
  /** Iterations in which no draw reached the threshold. */
  readonly exhausted: readonly number[];
}

/** A picture as the page shows it. */
export interface Picture {
  /** A `data:` address, or a path from the page. */
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** Everything that a page is made from. */
export interface ReportData {
  readonly report: Report;
  readonly pictures: readonly Picture[];
}
