import { z } from 'zod';
import {
  chamberIdSchema,
  runNumberSchema,
  perLayerSchema,
  rowsPerChamber,
  wholeNumberSchema,
  countSchema,
  evaluationSchema,
  wiresOf,
} from '@dtdqm/contract';
import {
  listContamination,
  evaluationOf,
  listNetScores,
  listUserScores,
  type NetScores,
  type NetScoresPage,
  type UserScores,
} from '../storage/labels/original.ts';
import type { Queryable } from '../storage/database.ts';
import { defineRoutes, type Route } from './route.ts';
import { matricesOf } from '../storage/chambers.ts';
import { requireRun, runParamsSchema } from './runs.ts';

/** Of its two forms the handler decides, because that needs the station: see badLayersOf. */
export const saveUserScoresSchema = chamberIdSchema.safeExtend({
  run: runNumberSchema,
  layers: z.array(wholeNumberSchema(0, rowsPerChamber)).max(rowsPerChamber, {
    error: `must have at most ${rowsPerChamber} entries`,
  }),
});

/** Lines on one page of the original's lists. */
const linesPerPage = 20;

export const pageNumberSchema = countSchema(1_000_000);

/** The original answers its first 20 and nothing else; more can be asked for. */
const listQuerySchema = z.object({
  page: pageNumberSchema.default(1),
  limit: countSchema(1000).default(linesPerPage),
});

const { get } = defineRoutes('Original tool');

const identifierSchema = z.object({ run: z.int() });
const paramsSchema = z.object({ wheel: z.int(), sector: z.int(), station: z.int() });

const userScoresSchema = z.array(
  z.object({
    identifier: identifierSchema,
    data: z.object({
      params: paramsSchema,
      evaluation: evaluationSchema,
    }),
  }),
);

/** Each line also says how many there are in all, as the original's does. */
const netScoresSchema = z.array(
  z.object({
    count: z.int(),
    result: z.object({
      identifier: identifierSchema,
      data: z.object({
        params: paramsSchema,
        scores: perLayerSchema(z.number()),
        evaluation: evaluationSchema.omit({ eval_time: true }).optional(),
      }),
      /** What the list is ordered by: least |0.5 - score|, or greatest |score - label|, over the layers. */
      rating: z.number(),
    }),
  }),
);

/** Everything that was labelled is one answer in the original; this bounds it far above what people label. */
const mostLabels = 100_000;

export const listRoutes: readonly Route[] = [
  get('/data/user_scores.json', {
    summary: 'Labels in force, latest first',
    role: 'viewer',
    answers: { 200: { description: 'As the original tool lists them', schema: userScoresSchema } },
    handle: async ({ deps }) => ({
      body: (await listUserScores(deps.database, { limit: mostLabels })).map(asUserScores),
    }),
  }),
  scoreList('/data/net_scores.json', 'Scores, least certain chamber first', listNetScores),
  scoreList(
    '/data/new_net_scores.json',
    'Scores of chambers that wait for a label, least certain first',
    (database, cut) => listNetScores(database, { ...cut, openOnly: true }),
  ),
  scoreList(
    '/data/contamination.json',
    'Labelled chambers, where model and label differ most first: rated by the greatest difference of any layer',
    listContamination,
  ),
];

/** A page of chambers with their scores, in the one form of the original's lists. */
function scoreList(
  path: string,
  summary: string,
  list: (database: Queryable, cut: { limit: number; offset: number }) => Promise<NetScoresPage>,
): Route {
  return get(path, {
    summary,
    role: 'viewer',
    query: listQuerySchema,
    answers: { 200: { description: 'As the original tool lists them', schema: netScoresSchema } },
    async handle({ query: { page, limit }, deps }) {
      const { count, lines } = await list(deps.database, { limit, offset: (page - 1) * limit });
      return { body: lines.map((line) => ({ count, result: asNetScores(line) })) };
    },
  });
}

function asUserScores({ run, wheel, sector, station, ...said }: UserScores) {
  return {
    identifier: { run },
    data: { params: { wheel, sector, station }, evaluation: evaluationOf(said) },
  };
}

function asNetScores({ run, wheel, sector, station, scores, rating, ...said }: NetScores) {
  const { eval_time: _time, ...evaluation } = evaluationOf(said) ?? {};
  const isSaid = Object.keys(evaluation).length > 0;
  return {
    identifier: { run },
    data: { params: { wheel, sector, station }, scores, ...(isSaid ? { evaluation } : {}) },
    rating,
  };
}

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
  get('/data/:run/layers.json', {
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
