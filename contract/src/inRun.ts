import { z } from 'zod';
import { faultSchema, matrixSchema, verdictSchema } from './chamberData.ts';
import { perLayerSchema, rowsPerChamber } from './detector.ts';

/**
 * What is told of the inside of a run. The DQM server shows, again and again, all hits of a run so far; the difference of two such snapshots of
 * a chamber is a **slice**: the occupancy of the minutes between them. See docs/decisions/0030.
 */

/** A moment of a run: when the source was asked, and the lumisection (23.3 s each, from 1) that it had reached; null where it does not tell. */
export const runMomentSchema = z.object({
  at: z.iso.datetime(),
  lumisection: z.int().min(0).nullable(),
});
export type RunMoment = z.infer<typeof runMomentSchema>;

/** From when to when; `from` is null for the first look at a run of which the source does not say when it began. */
export const runSpanSchema = z.object({ from: runMomentSchema.nullable(), to: runMomentSchema });
export type RunSpan = z.infer<typeof runSpanSchema>;

/** Sudden loss, the end of one, loss that comes and goes, and loss that creeps over many slices. */
export const runChangeKinds = ['trip', 'recovery', 'flicker', 'sink'] as const;
export type RunChangeKind = (typeof runChangeKinds)[number];

/** Something that changed in a chamber while a run was taken, as the counts tell. */
export const runChangeSchema = z.object({
  run: z.int(),
  wheel: z.int(),
  station: z.int(),
  sector: z.int(),
  kind: z.enum(runChangeKinds),
  layers: z.array(z.int().min(1).max(rowsPerChamber)).min(1),
  /** Null where whole layers are concerned. */
  wires: z.object({ first: z.int().min(1), last: z.int().min(1) }).nullable(),
  /** It happened between these two moments (of 95 %); `from` is null where it may have been so from the beginning. */
  happened: runSpanSchema,
  /** When it was told. */
  told: runMomentSchema,
  /** Hits found after it over hits expected by what was before, and the 95 % interval. */
  ratio: z.number().min(0),
  ratioRange: z.object({ low: z.number().min(0), high: z.number().min(0) }),
});
export type RunChange = z.infer<typeof runChangeSchema>;

/** A slice of one chamber. */
export const chamberSliceSchema = runSpanSchema.extend({
  /** Number of the look at the run that ended it, from 1; the same in all chambers. */
  look: z.int().min(1),
  hits: z.int().min(0),
  /** Hits of each layer; null where the chamber has none. */
  layerHits: perLayerSchema(z.int().min(0).nullable()),
  /** Hits of each layer over those that its share in the other slices of the run lets expect; null where that is not known. */
  ratios: perLayerSchema(z.number().min(0).nullable()),
  verdicts: perLayerSchema(verdictSchema.nullable()),
  faults: z.array(faultSchema),
  /** Why it does not begin where the slice before ended: the counts fell back, or the source was away; null when it does. */
  gap: z.string().nullable(),
  /** Hits of the wires of the one layer that was asked for, -1 where there is none. */
  wires: z.array(z.int()).optional(),
});
export type ChamberSlice = z.infer<typeof chamberSliceSchema>;

/** Answer of `GET .../slices` of a chamber: the strips layers x time, and wires x time of one layer. */
export const chamberSlicesSchema = z.object({
  params: z.object({ run: z.int(), wheel: z.int(), sector: z.int(), station: z.int() }),
  /** Oldest first. */
  slices: z.array(chamberSliceSchema),
  /** What came since the newest slice and is too little to be judged; null when nothing did, or the run is over. */
  waiting: runSpanSchema.extend({ hits: z.int().min(0) }).nullable(),
  /** Oldest first. */
  changes: z.array(runChangeSchema),
});
export type ChamberSlices = z.infer<typeof chamberSlicesSchema>;

/** Answer of `GET .../slices/sum`: what a chamber counted in a span of a run, judged like a run of that length. */
export const sliceSumSchema = z.object({
  params: z.object({ run: z.int(), wheel: z.int(), sector: z.int(), station: z.int() }),
  /** The slices that lie in the span that was asked for, whole: from the first to the last. */
  span: runSpanSchema,
  slices: z.int().min(1),
  /** Gaps between them, in words. */
  gaps: z.array(z.string()),
  /** Null where no model runs beside the API: then nothing is said of it, and its layers are unknown. */
  model: z.string().nullable(),
  matrix: matrixSchema,
  scores: perLayerSchema(z.number()),
  verdicts: perLayerSchema(verdictSchema.nullable()),
  faults: z.array(faultSchema),
  /** Attribution per wire of the layers that are bad, empty for the others; null where it was not asked for, or no model runs beside the API. */
  saliency: perLayerSchema(z.array(z.number())).nullable(),
});
export type SliceSum = z.infer<typeof sliceSumSchema>;

/** One look at a run in progress. */
export const runLookSchema = runSpanSchema.extend({
  look: z.int().min(1),
  hits: z.int().min(0),
  /** Chambers whose slice ended with it, and those that wait for more hits; what is missing of 250 was not shown. */
  judged: z.int().min(0),
  waiting: z.int().min(0),
  /** Of the judged ones, those with bad layers. */
  bad: z.int().min(0),
  /** Why it is not seamless: chambers that begin anew after it, looks that were missed and how they were filled in; null when all go on. */
  gap: z.string().nullable(),
});
export type RunLook = z.infer<typeof runLookSchema>;

/** Answer of `GET /api/v1/runs/<run>/slices`. */
export const runSlicesSchema = z.object({
  run: z.int(),
  /** Whether the run is believed to be in progress. */
  live: z.boolean(),
  /** The newest look that brought hits; null when nothing of the inside of the run was seen. */
  latest: runMomentSchema.nullable(),
  /** Oldest first. */
  looks: z.array(runLookSchema),
  /** Oldest first. */
  changes: z.array(runChangeSchema),
});
export type RunSlices = z.infer<typeof runSlicesSchema>;
