import {
  chamberOfRunSchema,
  saliencyMethodNames,
  type SaliencyMethodName,
  chamberSaliencySchema,
  chamberRescoredSchema,
  chamberStepsSchema,
  formatChamber,
  mostPastRuns,
  chamberDataSchema,
  chamberHitsSchema,
  chamberFaultsSchema,
  chamberHistorySchema,
  chamberScoresSchema,
  countSchema,
  errorSchema,
  type ChamberOfRun,
  type Matrix,
} from '@dtdqm/contract';
import { inputsOfSlices, occupancyTest, scoreByOneModel, type Scorer } from '@dtdqm/detector';
import { z } from 'zod';
import type { Queryable, Database } from '../storage/database.ts';
import { getModel } from '../storage/models.ts';
import { awaitsBlindAnswer } from '../storage/queue/leases.ts';
import { goodHistory, namedHistory } from '../storage/past.ts';
import {
  type ApiDeps,
  type Call,
  type Explainer,
  defineRoutes,
  type Route,
  etagAnswer,
  unchanged,
} from './route.ts';
import { Problem } from './problem.ts';
import { loadChamber, scoresByModel, scoresByRun, chamberVersion } from './chamberData.ts';
import { inputsInStoredRun } from '../pipeline/reevaluate.ts';

/** Path of one chamber below a resource, in the order of the original tool. */
export const chamberPath = ':run/:wheel/:sector/:station';

const cardSchema = z.object({ saliency: z.object({ method: z.string() }) });

/**
 * How the stored attribution of a chamber was made: as is stored with it, else as the card of its model says; `gradient`, the first method,
 * where that says nothing.
 *
 * @throws {Problem} 409 when it is a method that is not known here: a newer version of the monitor stored it.
 */
async function storedMethod(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  model: string,
): Promise<SaliencyMethodName> {
  const { rows } = await db.query<{ method: string | null }>(
    'select saliency_method as method from chamber_score where (run, wheel, station, sector, model) = ($1, $2, $3, $4, $5)',
    [run, wheel, station, sector, model],
  );
  const card = cardSchema.safeParse((await getModel(db, model))?.metadata);
  const named = rows[0]?.method ?? (card.success ? card.data.saliency.method : 'gradient');
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

const pastSchema = z
  .string()
  .regex(
    new RegExp(`^(stored|none|\\d{1,9}(,\\d{1,9}){0,${mostPastRuns - 1}})$`),
    `must be stored (good runs before, as the pipeline chooses them), none, or up to ${mostPastRuns} runs with commas`,
  )
  .default('stored');

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

/**
 * What a model says of a chamber is not told to who has it as a random draw: how often the model is wrong is told from answers that nothing has
 * led. Others may look, and so may everybody once it is answered or given back.
 */
const afterTheAnswer = (route: Route): Route => ({
  ...route,
  answers: {
    ...route.answers,
    409: {
      schema: errorSchema,
      description: `The caller has it as a random draw and answers first. ${route.answers[409]?.description ?? ''}`,
    },
  },
  async handle(call) {
    const { caller, deps, params } = call as Call<ChamberOfRun, unknown, unknown>;
    if (await awaitsBlindAnswer(deps.database, caller.name, params)) {
      const message = 'you have this chamber as a random draw: answer it, or give it back, and scores appear';
      throw new Problem(409, 'answer-first', message);
    }
    return route.handle(call);
  },
});

const hitsRoute = get(`${path}/hits`, {
  summary: 'Hits of a chamber and nothing that a model or a person says of them',
  role: 'viewer',
  params: chamberOfRunSchema,
  answers: { 200: { description: 'The hits', schema: chamberHitsSchema }, 404: missing },
  async handle({ params, deps }) {
    const { params: place, matrix } = await loadChamber(deps.database, params);
    return { body: { params: place, matrix } };
  },
});

const judgedRoutes: readonly Route[] = [
  wholeChamber(`/data/${chamberPath}`, defineRoutes('Original tool').get),
  wholeChamber(path, get),
  get(`${path}/scores`, {
    summary:
      'Scores of a chamber by every model that has scored it, and what the alarm of CMS in production says of it',
    role: 'viewer',
    params: chamberOfRunSchema,
    answers: { 200: { description: 'Newest model first', schema: chamberScoresSchema }, 404: missing },
    async handle({ params, deps }) {
      const { matrix } = await loadChamber(deps.database, params);
      const models = await scoresByModel(deps.database, params);
      return { body: { models, cmsswOccupancyTest: occupancyTest(params, matrix) } };
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
      const stored = await storedMethod(deps.database, params, model);
      const method = query.method ?? stored;
      const atHand = deps.explainer?.model() === model ? deps.explainer.methods() : [];
      const offered = [stored, ...atHand.filter((each) => each !== stored)];
      if (method === stored) return { body: { model, method, saliency: data.saliency, offered } };
      const explainer = requireExplainer(deps, model);
      if (!offered.includes(method)) {
        const message = `${model} does not offer the saliency method "${method}", only ${offered.join(', ')}`;
        throw new Problem(409, 'saliency-method-not-offered', message);
      }
      return {
        body: { model, method, saliency: await explainer.saliency(params, data.matrix, method), offered },
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
  get(`${path}/rescored`, {
    summary: 'What the model in use says of a stored chamber beside a past of your choice; nothing is stored',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: z.strictObject({ past: pastSchema }),
    answers: {
      200: {
        description: 'Scores, verdicts and faults, and the past they were made with',
        schema: chamberRescoredSchema,
      },
      404: missing,
      409: { description: 'No model runs beside this API' },
    },
    async handle({ params, query: { past: wanted }, deps }) {
      const { matrix } = await loadChamber(deps.database, params);
      if (!deps.explainer) {
        throw new Problem(409, 'model-not-at-hand', 'no model runs beside this API; ask one beside a worker');
      }
      const past = wanted === 'stored' ? undefined : wanted === 'none' ? [] : wanted.split(',').map(Number);
      await requirePast(deps.database, params.run, past ?? []);
      return { body: await deps.explainer.rescore(params, matrix, past) };
    },
  }),
];

export const chamberRoutes: readonly Route[] = [hitsRoute, ...judgedRoutes.map(afterTheAnswer)];

/** @throws {Problem} 400 when a run cannot be the past of another, or is not stored. */
async function requirePast(db: Queryable, run: number, past: readonly number[]): Promise<void> {
  const refuse = (message: string) =>
    new Problem(400, 'invalid-request', `past: ${message}`, { details: [{ field: 'past', message }] });
  const late = past.find((each) => each >= run);
  if (late !== undefined) throw refuse(`run ${late} is not before run ${run}`);
  const { rows } = await db.query<{ run: number }>(
    `select distinct run from chamber where run = any($1) and state = 'present'`,
    [past],
  );
  const unknown = past.find((each) => !rows.some((row) => row.run === each));
  if (unknown !== undefined) throw refuse(`run ${unknown} is not stored`);
}

/** Explains with the model that the worker beside the API scores with, given the same history as then. */
export function createExplainer(database: Database, scorer: Scorer): Explainer {
  const inputOf = async ({ run, wheel, station, sector }: ChamberOfRun, matrix: Matrix) => {
    const [input] = await inputsInStoredRun(database, run, [{ chamber: { wheel, station, sector }, matrix }]);
    return input!;
  };
  return {
    model: () => scorer.model,
    methods: () => scorer.saliencyMethods,
    async saliency(chamber, matrix, method) {
      const input = await inputOf(chamber, matrix);
      const [verdict] = await scorer.score([input], { method });
      return verdict?.saliency ?? [];
    },
    steps: async (chamber, matrix) => scorer.steps(await inputOf(chamber, matrix)),
    async judgePart(chamber, matrix, expected, withSaliency) {
      const inputs = inputsOfSlices([{ chamber, matrix, expected }]);
      const { model, verdicts } = await scoreByOneModel(scorer, inputs, { saliency: withSaliency });
      const { scores, verdicts: said, faults, saliency } = verdicts[0]!;
      const ofBad = saliency.map((wires, row) => (said[row] === 'bad' ? wires : []));
      return { model, scores, verdicts: said, faults, saliency: withSaliency ? ofBad : null };
    },
    async rescore({ run, wheel, station, sector }, matrix, runs) {
      const chamber = { wheel, station, sector };
      const past = await (runs ? namedHistory(database, runs) : goodHistory(database, run));
      const [input] = await inputsInStoredRun(database, run, [{ chamber, matrix }], past);
      const { model, verdicts } = await scoreByOneModel(scorer, [input!], { saliency: false });
      const { scores, verdicts: said, faults } = verdicts[0]!;
      const used = past.get(formatChamber(chamber)) ?? [];
      return { model, past: used.map((each) => each.run), scores, verdicts: said, faults };
    },
  };
}
