import { z } from 'zod';
import { perLayerSchema, rowsPerChamber } from './detector.ts';
import { saliencyMethodNames } from './names.ts';
import { chamberConditionSchema, chamberStandingShape } from './state.ts';

/** Value of a cell that has no wire; 0 is a wire without hits. */
export const noWire = -1;

/**
 * Occupancy of one chamber: 12 rows (layer 1 first) of equal width, hits per wire, -1 where there is no wire. **Column = wire**: the hits of
 * wire n stand in cell n - 1 of its row. A -1 may stand anywhere; in real histograms it stands at the left end of layers 4, 8 and 12, which
 * begin at wire 2, and at the right end of rows that are shorter than the widest. Whoever numbers wires, in faults, labels, incidents or
 * pictures, numbers these cells.
 */
export type Matrix = number[][];

const widestRow = 200;

/** Exactly 12 rows, equally long, of whole numbers from -1 up. Every fault of a matrix is reported at once. */
export const matrixSchema: z.ZodType<Matrix> = z.array(z.array(z.number())).superRefine((rows, context) => {
  const fault = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (rows.length !== rowsPerChamber) {
    fault([], `must have ${rowsPerChamber} rows, has ${rows.length}`);
    return;
  }
  const width = rows[0]?.length ?? 0;
  if (width < 1 || width > widestRow) fault([0], `must have 1 to ${widestRow} cells, has ${width}`);
  rows.forEach((row, index) => {
    if (row.length !== width) fault([index], `must be as long as row 0 (${width}), has ${row.length}`);
    const wrong = row.findIndex((hits) => !Number.isSafeInteger(hits) || hits < noWire);
    if (wrong >= 0) fault([index, wrong], `must be a whole number of hits or -1, is ${row[wrong]}`);
  });
});

/** Hits of the wires of one row, without the cells that have no wire. */
export function wiresOf(row: readonly number[]): number[] {
  return row.filter((hits) => hits !== noWire);
}

/** What the detector says of a layer; `null` stands where a chamber has no such layer. */
export const verdicts = ['good', 'bad', 'unknown'] as const;
export const verdictSchema = z.enum(verdicts);
export type Verdict = (typeof verdicts)[number];

/** Score of a layer that does not exist (rows 5-8 of MB4). */
export const noScore = -1;

/** Kinds of fault that the monitor names. What each looks like is data: see detector/src/faults. */
export const faultKinds = [
  'dead-chamber',
  'weak-chamber',
  'dead-layer',
  'dead-half',
  'dead-region',
  'weak-layer',
  'weak-region',
  'front-end-board',
  'noisy-cell',
  'dead-cells',
  'low-statistics',
  'weak-superlayer',
  'weak-board',
  'scattered-dead',
  'edge-dead',
  'hot-layer',
  'noisy-region',
  'mapping',
  'uneven-layer',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Kinds of which wires count too much, many of them at once: what is healthy again looks weak beside that. */
export const hotKinds = ['hot-layer', 'noisy-region'] as const satisfies readonly FaultKind[];

/** A fault found in one chamber. Wires are cells of the histogram row, from 1, with or without wires before them (see {@link Matrix}); both ends included. */
export const faultSchema = z.object({
  kind: z.enum(faultKinds),
  layers: z.array(z.int().min(1).max(12)).min(1),
  wires: z.object({ first: z.int().min(1), last: z.int().min(1) }).nullable(),
  /** Which of these wires, where it is not all of them. */
  only: z.array(z.int().min(1)).optional(),
  confidence: z.number().min(0).max(1),
  /** Hits found over hits expected, where the expectation is known. */
  ratio: z.number().min(0).optional(),
  /** 95 % interval of that, by what was counted and by what healthy layers differ. */
  ratioRange: z.object({ low: z.number().min(0), high: z.number().min(0) }).optional(),
  /** How surely neighbouring wires of a layer differ by more than counting explains: their mean square, in its standard deviations above that. */
  unevenness: z.number().min(0).optional(),
  /** For people: the reason, for example how many hits would be needed for a verdict. */
  note: z.string().optional(),
});
export type Fault = z.infer<typeof faultSchema>;

/** Faults that say of wires or layers that they count wrongly. Single dead or noisy cells come and go with statistics, and few hits are none. */
export function isRegion({ kind }: Pick<Fault, 'kind'>): boolean {
  return kind !== 'low-statistics' && kind !== 'dead-cells' && kind !== 'noisy-cell';
}

/** What experts said of a chamber, as the original tool kept it; a chamber that was only skipped has nothing but `skipped`. */
export const evaluationSchema = z.object({
  /** Flags of layers 1..12 by the label in force: 1 bad, 0 not. */
  bad_layers: perLayerSchema(z.int()).optional(),
  /** When it was labelled, in the form of HTTP dates: `Tue, 24 Nov 2026 14:00:00 GMT`. */
  eval_time: z.string().optional(),
  skipped: z.boolean(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Answer of `GET .../hits`: of a chamber of a run nothing but what was measured, for somebody who answers blind. */
export const chamberHitsSchema = z.object({
  params: z.object({
    run: z.int(),
    wheel: z.int(),
    sector: z.int(),
    station: z.int(),
  }),
  matrix: matrixSchema,
});
export type ChamberHits = z.infer<typeof chamberHitsSchema>;

/** One chamber of one run, as `GET /data/<run>/<wheel>/<sector>/<station>/` returns it; names follow the original tool. */
export const chamberDataSchema = chamberHitsSchema.extend({
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: perLayerSchema(z.number()),
  /** As the matrix: attribution per wire, -1 where there is no wire. */
  saliency: perLayerSchema(z.array(z.number())),
  verdicts: perLayerSchema(verdictSchema.nullable()).optional(),
  faults: z.array(faultSchema).optional(),
  model: z.string().optional(),
  /** Absent while nobody has labelled or skipped the chamber. */
  evaluation: evaluationSchema.optional(),
});
export type ChamberData = z.infer<typeof chamberDataSchema>;

/** Whether there is a matrix of a chamber: the source has none of it (`absent`), or it could not be fetched. */
export const chamberStates = ['present', 'absent', 'failed'] as const;
export type ChamberState = (typeof chamberStates)[number];

/** One chamber of a run in a line. */
export const chamberSummarySchema = z.object({
  wheel: z.int(),
  station: z.int(),
  sector: z.int(),
  ...chamberStandingShape,
  state: z.enum(chamberStates),
  /** Why there is no matrix, or no verdict; null when there are both. */
  reason: z.string().nullable(),
  /** The matrix is from an earlier look: since when the source does not show it, and why; null when it does. */
  kept: z.object({ since: z.iso.datetime(), reason: z.string() }).nullable(),
  hits: z.number().nullable(),
  badLayers: z.int().nullable(),
  /** Greatest P(bad) of its layers. */
  worstScore: z.number().nullable(),
  faults: z.array(faultSchema).nullable(),
});
export type ChamberSummary = z.infer<typeof chamberSummarySchema>;

/** Answer of `GET /api/v1/runs/<run>/chambers`: by wheel, station, sector; what the barrel panel of the workbench draws. */
export const runChambersSchema = z.object({ run: z.int(), chambers: z.array(chamberSummarySchema) });
export type RunChambers = z.infer<typeof runChambersSchema>;

/** Answer of `GET /api/v1/chambers/<run>/<wheel>/<sector>/<station>/history`: the chamber in recent runs up to that one, newest first. */
export const chamberHistorySchema = z.object({
  runs: z.array(
    z.object({
      run: z.int(),
      /** P(bad) of layers 1..12, -1 where there is no such layer. */
      scores: perLayerSchema(z.number()),
      verdicts: perLayerSchema(verdictSchema.nullable()),
      condition: chamberConditionSchema,
    }),
  ),
});
export type ChamberHistory = z.infer<typeof chamberHistorySchema>;

/** Answer of `GET /api/v1/runs/<run>/past`: how the chambers of which anything is said in that run were in the newest judged runs up to it. */
export const runPastSchema = z.object({
  /** Oldest first. */
  runs: z.array(z.int()),
  chambers: z.array(
    z.object({
      wheel: z.int(),
      station: z.int(),
      sector: z.int(),
      /** In each of the runs. */
      conditions: z.array(chamberConditionSchema),
    }),
  ),
});
export type RunPast = z.infer<typeof runPastSchema>;

/** What the rule of CMS's alarm in production (DTOccupancyTest of CMSSW) says of a chamber's hits, beside what we say. */
export const occupancyTestSchema = z.object({
  /** 0 well; 1, 2, 3, 4 fewer live cells than 90, 75, 50, 20 %; 4 also next to no hits. Below 2,200 hits cells are not counted. */
  status: z.int().min(0).max(4),
  /** Share of cells with hits. */
  live: z.number(),
  /** Layers with seven neighbouring dead cells or more. */
  layers: z.array(z.int()),
});
export type OccupancyTest = z.infer<typeof occupancyTestSchema>;

/** Answer of `GET /api/v1/chambers/<run>/<wheel>/<sector>/<station>/scores`: by every model that scored it, newest model first. */
export const chamberScoresSchema = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      /** Whether these are the scores of the run that everything else shows. */
      current: z.boolean(),
      /** P(bad) of layers 1..12, -1 where there is no such layer. */
      scores: perLayerSchema(z.number()),
      verdicts: perLayerSchema(verdictSchema.nullable()),
      faults: z.array(faultSchema),
    }),
  ),
  cmsswOccupancyTest: occupancyTestSchema,
});
export type ChamberScores = z.infer<typeof chamberScoresSchema>;

/** Answer of `GET .../saliency`. */
export const chamberSaliencySchema = z.object({
  model: z.string(),
  method: z.enum(saliencyMethodNames),
  /** As the matrix: attribution per wire, -1 where there is no wire. */
  saliency: perLayerSchema(z.array(z.number())),
  /** Methods that can be asked for here: the stored one, and those of the model where it is at hand. */
  offered: z.array(z.enum(saliencyMethodNames)),
});
export type ChamberSaliency = z.infer<typeof chamberSaliencySchema>;

/** Runs that may be named as the past of another: as many as networks are trained with. */
export const mostPastRuns = 4;

/** Answer of `GET .../rescored`: nothing of it is stored. */
export const chamberRescoredSchema = z.object({
  model: z.string(),
  /** Runs whose matrices of the chamber were its past, newest first. */
  past: z.array(z.int()),
  scores: perLayerSchema(z.number()),
  verdicts: perLayerSchema(verdictSchema.nullable()),
  faults: z.array(faultSchema),
});
export type ChamberRescored = z.infer<typeof chamberRescoredSchema>;

const byInputSchema = z.record(z.string(), z.array(z.number()));

/** Answer of `GET .../steps`: one chamber on its way through scoring and back. */
export const chamberStepsSchema = z.object({
  model: z.string(),
  saliency: z.enum(saliencyMethodNames),
  layers: z.array(
    z.object({
      layer: z.int(),
      /** P(bad) */
      score: z.number(),
      /** Hits as in the histogram, -1 where there is no wire; then without those cells. */
      raw: z.array(z.number()),
      cleaned: z.array(z.number()),
      /** Resized to 47 cells and divided by the maximum, as the original network sees a layer. */
      resized: z.array(z.number()),
      scaled: z.array(z.number()),
      /** What the network in use was given, by name of its input, and the gradients there. */
      inputs: byInputSchema,
      gradient: byInputSchema,
      smoothed: byInputSchema,
      /** The attribution on the cells of the histogram. */
      mappedBack: z.array(z.number()),
    }),
  ),
});

/** Answer of `GET .../faults`. */
export const chamberFaultsSchema = z.object({ model: z.string(), faults: z.array(faultSchema) });
