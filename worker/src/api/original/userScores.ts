import { z } from 'zod';
import { badLayersOf, saveUserScores } from '../../storage/labels/original.ts';
import { answerLabelErrors } from '../labels.ts';
import { Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { saveUserScoresSchema } from './lists.ts';

export const userScoreRoutes: readonly Route[] = [
  defineRoute({
    method: 'patch',
    path: '/eval/save_user_scores',
    tag: 'Original tool',
    summary: 'Label a chamber: twelve flags 0 or 1, or the numbers of its bad layers',
    role: 'editor',
    body: saveUserScoresSchema,
    answers: {
      200: {
        description: 'Whether the chamber is stored, and whether its label changed',
        schema: z.object({ matched: z.int(), updated: z.int() }),
      },
    },
    async handle({ body: { layers, ...chamber }, caller, deps }) {
      const bad = badLayers(layers, chamber.station);
      return { body: await answerLabelErrors(saveUserScores(deps.database, caller.name, chamber, bad)) };
    },
  }),
];

function badLayers(...[layers, station]: Parameters<typeof badLayersOf>): number[] {
  try {
    return badLayersOf(layers, station);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem(400, 'invalid-request', `layers: ${error.message}`, {
      details: [{ field: 'layers', message: error.message }],
    });
  }
}
