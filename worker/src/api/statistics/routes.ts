import { z } from 'zod';
import { layerStatisticsSchema, statisticsSchema, wholeNumberSchema } from '@dtdqm/contract';
import { defineRoute, type Route } from '../route.ts';
import { countEverything, countLayers } from './figures.ts';

const tag = 'Statistics';
const depthRule = 'must be a whole number from 1 to 100';

export const statisticsRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/statistics',
    tag,
    summary: 'What is stored, in figures',
    role: 'viewer',
    answers: { 200: { description: 'The figures', schema: statisticsSchema } },
    async handle({ deps }) {
      return { body: await countEverything(deps.database) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/statistics/layers',
    tag,
    summary: 'How often each layer of each station was bad in recent runs',
    role: 'viewer',
    query: z.strictObject({
      runs: wholeNumberSchema(depthRule)
        .refine((runs) => runs >= 1 && runs <= 100, { error: depthRule })
        .default(20),
    }),
    answers: { 200: { description: 'By station and layer', schema: layerStatisticsSchema } },
    async handle({ query, deps }) {
      return { body: await countLayers(deps.database, query.runs) };
    },
  }),
];
