import { z } from 'zod';
import { wiresOf } from '@dtdqm/contract';
import { matricesOf } from '../../storage/reevaluation.ts';
import { defineRoute, type Route } from '../route.ts';
import { requireRun } from '../runs/read.ts';
import { runParamsSchema } from './schema.ts';

/** Numbers as text and `contect` for content: programs that read the original's files expect both. */
const layerLineSchema = z.object({
  wheel: z.string(),
  sector: z.string(),
  station: z.string(),
  layer: z.string(),
  run: z.string(),
  /** Hits of the layer's wires, e.g. `[12, 11, 0]`. */
  contect: z.string(),
  lumi: z.literal('-1'),
});

export const layersFileRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/data/:run/layers.json',
    tag: 'Original tool',
    summary: 'Hits of every layer of a run, to download',
    role: 'viewer',
    params: runParamsSchema,
    answers: {
      200: { description: 'An entry a layer that has wires', schema: z.array(layerLineSchema) },
      404: { description: 'The run is not stored' },
    },
    async handle({ params: { run }, deps }) {
      await requireRun(deps.database, run);
      const chambers = await matricesOf(deps.database, run);
      const lines = chambers.flatMap(({ matrix, wheel, sector, station }) =>
        matrix.flatMap((row, index) => {
          const wires = wiresOf(row);
          if (wires.length === 0) return [];
          return {
            wheel: String(wheel),
            sector: String(sector),
            layer: String(index + 1),
            run: String(run),
            contect: `[${wires.join(', ')}]`,
            station: String(station),
            lumi: '-1',
          };
        }),
      );
      return { body: lines, headers: { 'Content-Disposition': `attachment; filename="${run}.json"` } };
    },
  }),
];
