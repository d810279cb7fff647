import {
  chamberOfRunSchema,
  saliencyMethodNames,
  type SaliencyMethodName,
  chamberSaliencySchema,
  chamberStepsSchema,
  chamberDataSchema,
  chamberHitsSchema,
  chamberFaultsSchema,
  chamberHistorySchema,
  chamberScoresSchema,
  countSchema,
  type ChamberOfRun,
  type Matrix,
} from '@dtdqm/contract';
import type { Scorer } from '@dtdqm/detector';
import { z } from 'zod';
import type { Queryable, Database } from '../storage/database.ts';
import { getModel } from '../storage/models.ts';
import { type ApiDeps, type Explainer, defineRoutes, type Route, etagAnswer, unchanged } from './route.ts';
import { Problem } from './problem.ts';
import { loadChamber, scoresByModel, scoresByRun, chamberVersion } from './chamberData.ts';
import { inputsInStoredRun } from '../pipeline/reevaluate.ts';

/** Path of one chamber below a resource, in the order of the original tool. */
export const chamberPath = ':run/:wheel/:sector/:station';

const cardSchema = z.object({ saliency: z.object({ method: z.string() }) });

/**
 * How the stored attributions of a model were made, as its card says; `gradient`, the first method, where it says nothing.
 *
 * @throws {Problem} 409 when it names a method that is not known here: a newer version of the monitor stored it.
 */
async function storedMethod(db: Queryable, model: string): Promise<SaliencyMethodName> {
  const stored = await getModel(db, model);
  const card = cardSchema.safeParse(stored?.metadata);
  const named = card.success ? card.data.saliency.method : 'gradient';
  const method = saliencyMethodNames.find((known) => known === named);
  if (method !== undefined) return method;
  const message = `the attribution by ${model} was made by the method "${named}", which this version does not know`;
  throw new Problem(409, 'saliency-method-unknown', message);
}

/**
 * What can explain the scores of a model.
 *
 * @throws {Problem} 409 when that model is not loaded in this process.
 */
export function requireExplainer({ explainer }: Pick<ApiDeps, 'explainer'>, model: string): Explainer {
  if (explainer?.model() === model) return explainer;
  throw new Problem(
    409,
    'model-not-at-hand',
    `this has to be worked out by ${model}, which does not run beside this API; the stored attribution is there`,
  );
}

const { get } = defineRoutes('Chambers');
const path = `/api/v1/chambers/${chamberPath}`;
const missing = { description: 'The run, the chamber or its scores are not there; the message says which' };

const saliencyQuerySchema = z.strictObject({
  method: z
    .enum(saliencyMethodNames, { error: `must be one of ${saliencyMethodNames.join(', ')}` })
    .optional(),
});

/** The path of the original tool, and our own. */
const wholeChamber = (address: string, declare: typeof get) =>
  declare(address, {
    summary: 'One chamber: hits, scores, saliency, faults and the label in force',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: { 200: { description: 'The chamber', schema: chamberDataSchema }, ...unchanged, 404: missing },
    async handle({ params, deps, ctx }) {
      return etagAnswer(ctx, await chamberVersion(deps.database, params), () =>
        loadChamber(deps.database, params),
      );
    },
  });

export const chamberRoutes: readonly Route[] = [
  wholeChamber(`/data/${chamberPath}`, defineRoutes('Original tool').get),
  wholeChamber(path, get),
  get(`${path}/hits`, {
    summary: 'Hits of a chamber and nothing that a model or a person says of them',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: { 200: { description: 'The hits', schema: chamberHitsSchema }, 404: missing },
    async handle({ params, deps }) {
      const { params: place, matrix } = await loadChamber(deps.database, params);
      return { body: { params: place, matrix } };
    },
  }),
  get(`${path}/scores`, {
    summary: 'Scores of a chamber by every model that has scored it',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: { 200: { description: 'Newest model first', schema: chamberScoresSchema }, 404: missing },
    async handle({ params, deps }) {
      const models = await scoresByModel(deps.database, params);
      if (models.length === 0) await loadChamber(deps.database, params);
      return { body: { models } };
    },
  }),
  get(`${path}/faults`, {
    summary: 'Faults found in a chamber',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: {
      200: { description: 'None is good news', schema: chamberFaultsSchema },
      404: missing,
    },
    async handle({ params, deps }) {
      const { model = '', faults = [] } = await loadChamber(deps.database, params);
      return { body: { model, faults } };
    },
  }),
  get(`${path}/history`, {
    summary: 'Scores of the chamber in recent runs up to that one',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: z.strictObject({ limit: countSchema(500).default(30) }),
    answers: {
      200: {
        description: 'Newest run first; runs without the chamber are left out',
        schema: chamberHistorySchema,
      },
    },
    handle: async ({ params, query, deps }) => ({
      body: { runs: await scoresByRun(deps.database, params, query.limit) },
    }),
  }),
  get(`${path}/saliency`, {
    summary: 'What every wire contributed to the scores, by the method that is stored or another one',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: saliencyQuerySchema,
    answers: {
      200: { description: 'Attribution per wire', schema: chamberSaliencySchema },
      404: missing,
      409: {
        description:
          'Another method needs the model that scored the run, at hand here, and not every model has each',
      },
    },
    async handle({ params, query, deps }) {
      const data = await loadChamber(deps.database, params);
      const model = data.model ?? '';
      const stored = await storedMethod(deps.database, model);
      const method = query.method ?? stored;
      if (method === stored) return { body: { model, method, saliency: data.saliency } };
      const explainer = requireExplainer(deps, model);
      return {
        body: { model, method, saliency: await explainer.saliency(params, data.matrix, method) },
      };
    },
  }),
  get(`${path}/steps`, {
    summary: 'Every step from the hits of a chamber to its scores, and back to its wires',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: {
      200: { description: 'The steps, layer by layer', schema: chamberStepsSchema },
      404: missing,
      409: { description: 'The model that scored the run is not at hand here' },
    },
    async handle({ params, deps }) {
      const { model = '', matrix } = await loadChamber(deps.database, params);
      return { body: await requireExplainer(deps, model).steps(params, matrix) };
    },
  }),
];

/** Explains with the model that the worker beside the API scores with, given the same history as then. */
export function createExplainer(database: Database, scorer: Scorer): Explainer {
  const inputOf = async ({ run, wheel, station, sector }: ChamberOfRun, matrix: Matrix) => {
    const [input] = await inputsInStoredRun(database, run, [{ chamber: { wheel, station, sector }, matrix }]);
    return input!;
  };
  return {
    model: () => scorer.model,
    async saliency(chamber, matrix, method) {
      const input = await inputOf(chamber, matrix);
      const [verdict] = await scorer.score([input], { method }).catch((error: unknown) => {
        // The matrix is one that was stored: it can only be the method that the model has not.
        if (!(error instanceof RangeError)) throw error;
        throw new Problem(409, 'saliency-method-not-offered', `${scorer.model}: ${error.message}`);
      });
      return verdict?.saliency ?? [];
    },
    steps: async (chamber, matrix) => scorer.steps(await inputOf(chamber, matrix)),
  };
}
