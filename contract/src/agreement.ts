import { z } from 'zod';
import type { LabelVerdict } from './label.ts';

/** One expert's label in force of one chamber of one run. */
export interface Opinion {
  by: string;
  /** Same text for the same chamber of the same run. */
  chamber: string;
  /** Layers 1..12. */
  verdicts: readonly (LabelVerdict | null)[];
}

/** An estimate with its bootstrap interval; null where the data do not define it. */
export const estimateSchema = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Estimate = z.infer<typeof estimateSchema>;

const coefficients = {
  percentAgreement: estimateSchema,
  krippendorffAlpha: estimateSchema,
  gwetAc1: estimateSchema,
};

/** Answer of `GET /api/v1/labels/agreement`: how far experts who saw the same chambers agree. */
export const agreementSchema = z.object({
  /** Layers that at least two experts judged, and in how many chambers of runs: whole chambers are what intervals rest on. */
  layers: z.int(),
  chambers: z.int(),
  overall: z.object({ ...coefficients, fleissKappa: estimateSchema }),
  byLayer: z.array(z.object({ layer: z.int(), layers: z.int(), chambers: z.int(), ...coefficients })),
  byPair: z.array(
    z.object({
      experts: z.tuple([z.string(), z.string()]),
      layers: z.int(),
      chambers: z.int(),
      cohenKappa: estimateSchema,
      ...coefficients,
    }),
  ),
  /** Plain words where a figure misleads, e.g. kappa when nearly all layers are good. */
  warnings: z.array(z.string()),
});
export type Agreement = z.infer<typeof agreementSchema>;
