import { z } from 'zod';
import {
  listNetScores,
  listUserScores,
  type NetScores,
  type UserScores,
} from '../../storage/labels/original/scoreLists.ts';
import { defineRoute, type Route } from '../route.ts';
import { listQuerySchema } from './schema.ts';

const tag = 'Original tool';

const identifierSchema = z.object({ run: z.int() });
const paramsSchema = z.object({ wheel: z.int(), sector: z.int(), station: z.int() });

const userScoresSchema = z.array(
  z.object({
    identifier: identifierSchema,
    data: z.object({
      params: paramsSchema,
      evaluation: z.object({
        /** Twelve flags: 1 bad, 0 not. */
        bad_layers: z.array(z.int()).length(12),
        eval_time: z.iso.datetime(),
        skipped: z.boolean(),
      }),
    }),
  }),
);

const netScoresSchema = z.array(
  z.object({
    identifier: identifierSchema,
    data: z.object({ params: paramsSchema, scores: z.array(z.number()).length(12) }),
    /** Least |0.5 - score| over the layers. */
    rating: z.number(),
  }),
);

/** Everything that was labelled is one answer in the original; this bounds it far above what people label. */
const mostLabels = 100_000;

export const listRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/data/user_scores.json',
    tag,
    summary: 'Labels in force, latest first',
    role: 'viewer',
    answers: { 200: { description: 'As the original tool lists them', schema: userScoresSchema } },
    async handle({ deps }) {
      return { body: (await listUserScores(deps.database, { limit: mostLabels })).map(asUserScores) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/data/net_scores.json',
    tag,
    summary: 'Scores, least certain chamber first',
    role: 'viewer',
    query: listQuerySchema,
    answers: { 200: { description: 'As the original tool lists them', schema: netScoresSchema } },
    async handle({ query: { page, limit }, deps }) {
      return {
        body: (await listNetScores(deps.database, { limit, offset: (page - 1) * limit })).map(asNetScores),
      };
    },
  }),
];

function asUserScores({ run, wheel, sector, station, at, verdicts }: UserScores) {
  return {
    identifier: { run },
    data: {
      params: { wheel, sector, station },
      evaluation: {
        bad_layers: verdicts.map((verdict) => (verdict === 'bad' ? 1 : 0)),
        eval_time: at.toISOString(),
        skipped: false,
      },
    },
  };
}

function asNetScores({ run, wheel, sector, station, scores, certainty }: NetScores) {
  return { identifier: { run }, data: { params: { wheel, sector, station }, scores }, rating: certainty };
}
