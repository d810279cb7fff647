import { z } from 'zod';
import { runStatuses } from './run.ts';

/** Answer of `GET /api/v1/statistics`: what is stored, in figures. */
export const statisticsSchema = z.object({
  runs: z.object({
    total: z.int(),
    byStatus: z.record(z.enum(runStatuses), z.int()),
    newest: z.int().nullable(),
  }),
  chambers: z.object({ present: z.int(), absent: z.int(), failed: z.int() }),
  badLayers: z.int(),
  labels: z.object({
    /** Chambers with a label in force. */
    chambers: z.int(),
    events: z.int(),
    experts: z.int(),
  }),
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** Answer of `GET /api/v1/statistics/layers`: how often each layer of each station was bad in recent runs. */
export const layerStatisticsSchema = z.object({
  /** Runs that were counted, newest first. */
  runs: z.array(z.int()),
  layers: z.array(
    z.object({
      station: z.int(),
      layer: z.int(),
      /** Layers judged, over all runs, wheels and sectors. */
      judged: z.int(),
      bad: z.int(),
      unknown: z.int(),
    }),
  ),
});
export type LayerStatistics = z.infer<typeof layerStatisticsSchema>;
