import { z } from 'zod';

/** Kinds of fault that the monitor names. What each looks like is data: see detector/src/faults. */
export const faultKinds = [
  'dead-chamber',
  'dead-layer',
  'dead-half',
  'dead-region',
  'weak-layer',
  'weak-region',
  'front-end-board',
  'noisy-cell',
  'dead-cells',
  'low-statistics',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault found in one chamber. Wires count from 1 at the first cell of the histogram row, both ends included. */
export const faultSchema = z.object({
  kind: z.enum(faultKinds),
  layers: z.array(z.int().min(1).max(12)).min(1),
  wires: z.object({ first: z.int().min(1), last: z.int().min(1) }).nullable(),
  confidence: z.number().min(0).max(1),
  /** Hits found over hits expected, where the expectation is known. */
  ratio: z.number().min(0).optional(),
  /** For people: the reason, for example how many hits would be needed for a verdict. */
  note: z.string().optional(),
});
export type Fault = z.infer<typeof faultSchema>;
