/** A row of a paper's table. */
export interface PublishedRow {
  readonly method: string;
  /** Where it was published. */
  readonly source: string;
  /** The benchmark, as in reports. */
  readonly benchmark: string;
  /** `all` or one of the benchmark's categories. */
  readonly category: string;
  /** By the names of this package's aggregates, as printed: times the metric's scale. */
  readonly values: Readonly<Record<string, number>>;
  /** Digits after the point, as printed. */
  readonly digits: number;
}

/** Names of benchmarks, which say what results are of. */
export const BENCHMARKS = {
  allTurns: 'MagicBrush, all turns',
  finalTurn: 'MagicBrush, final turn',
  pieBench: 'PIE-Bench',
} as const;

const MAGIC_BRUSH = ['l1', 'l2', 'clip_i', 'dino', 'clip_t'];
const LUSD = ['clip_t', 'l1', 'clip_i', 'clip_auc', 'l1_star', 'clip_i_star'];
const PIE_BENCH = [
  'structure_distance',
  'psnr_unedit_part',
  'lpips_unedit_part',
  'mse_unedit_part',
  'ssim_unedit_part',
  'clip_similarity_target_image',
  'clip_similarity_target_image_edit_part',
];

const { allTurns, finalTurn, pieBench } = BENCHMARKS;
const SURVEY = { source: 'arXiv 2412.15216', digits: 4, names: MAGIC_BRUSH };
/** A user's, who may have run it before 2025-02, when turns could be paired wrongly. */
const RERUN = { ...SURVEY, source: 'MagicBrush issue 27' };
const PAPER = { source: 'arXiv 2503.11054', digits: 3, names: LUSD, benchmark: allTurns };
const DIRECT = { source: 'arXiv 2310.01506, table 1', digits: 2, names: PIE_BENCH, benchmark: pieBench };

/** Published numbers, to stand beside one's own. */
export const PUBLISHED: readonly PublishedRow[] = [
  ...rows(
    { ...SURVEY, benchmark: allTurns },
    {
      InstructPix2Pix: [0.1122, 0.0371, 0.8524, 0.7428, 0.2764],
      HIVE: [0.1092, 0.0341, 0.8519, 0.75, 0.2752],
    },
  ),
  ...rows(
    { ...SURVEY, benchmark: finalTurn },
    {
      InstructPix2Pix: [0.1584, 0.0598, 0.7924, 0.6177, 0.2726],
      HIVE: [0.1521, 0.0557, 0.8004, 0.6463, 0.2673],
    },
  ),
  ...rows({ ...RERUN, benchmark: allTurns }, { 'MagicBrush-168': [0.0656, 0.0217, 0.9253, 0.8895, 0.2722] }),
  ...rows({ ...RERUN, benchmark: finalTurn }, { 'MagicBrush-168': [0.085, 0.0297, 0.8985, 0.8436, 0.2764] }),
  ...rows(PAPER, { LUSD: [0.287, 0.063, 0.9, 0.074, 0.015, 0.192] }),
  ...rows({ ...PAPER, category: 'add' }, { LUSD: [0.283, 0.059, 0.897, 0.081, 0.012, 0.192] }),
  ...rows({ ...PAPER, category: 'change' }, { LUSD: [0.29, 0.067, 0.902, 0.069, 0.017, 0.193] }),
  ...rows(DIRECT, {
    'DDIM + P2P': [69.43, 17.87, 208.8, 219.88, 71.14, 25.01, 22.44],
    'Null-text + P2P': [13.44, 27.03, 60.67, 35.86, 84.11, 24.75, 21.86],
    'Negative prompt + P2P': [16.17, 26.21, 69.01, 39.73, 83.4, 24.61, 21.87],
    'StyleDiffusion + P2P': [11.65, 26.05, 66.1, 38.63, 83.42, 24.78, 21.72],
    'Direct + P2P': [11.65, 27.22, 54.55, 32.86, 84.76, 25.02, 22.1],
    'Direct + MasaCtrl': [24.7, 22.64, 87.94, 81.09, 81.33, 24.38, 21.35],
    'Direct + P2P-Zero': [49.22, 21.53, 138.98, 127.32, 77.05, 23.31, 21.05],
    'DDIM + PnP': [28.22, 22.28, 113.46, 83.64, 79.05, 25.41, 22.55],
    'Direct + PnP': [24.29, 22.46, 106.06, 80.45, 79.68, 25.41, 22.62],
  }),
];

interface PublishedTable {
  readonly benchmark: string;
  readonly source: string;
  readonly digits: number;
  /** Of the columns. */
  readonly names: readonly string[];
  readonly category?: string;
}

function rows(
  { benchmark, source, digits, names, category = 'all' }: PublishedTable,
  methods: Readonly<Record<string, readonly number[]>>,
): PublishedRow[] {
  return Object.entries(methods).map(([method, values]) => ({
    ...{ method, source, benchmark, category, digits },
    values: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
  }));
}
