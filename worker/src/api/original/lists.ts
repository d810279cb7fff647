import { z } from 'zod';
import { evaluationSchema } from '@dtdqm/contract';
import { evaluationOf } from '../../storage/labels/original/evaluation.ts';
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
        scores: z.array(z.number()).length(12),
        evaluation: evaluationSchema.omit({ eval_time: true }).optional(),
      }),
      /** Least |0.5 - score| over the layers. */
      rating: z.number(),
    }),
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
      const { count, lines } = await listNetScores(deps.database, { limit, offset: (page - 1) * limit });
      return { body: lines.map((line) => ({ count, result: asNetScores(line) })) };
    },
  }),
];

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
