import {
  chamberLabel,
  chamberOfRunSchema,
  chamberSlicesSchema,
  livesInProgress,
  noScore,
  noWire,
  rowsPerChamber,
  runSlicesSchema,
  sliceSumSchema,
  type ChamberOfRun,
  type Matrix,
  type SliceSum,
} from '@dtdqm/contract';
import { z } from 'zod';
import { insideStateVersion } from '../pipeline/inside.ts';
import {
  insideVersion,
  listChanges,
  listLooks,
  listSlices,
  slicesWithin,
  waitingOf,
  type SliceCounts,
} from '../storage/readSlices.ts';
import { chamberPath } from './chambers.ts';
import { notFound } from './problem.ts';
import { defineRoutes, etagAnswer, flagSchema, unchanged, type Route, type RouteDeps } from './route.ts';
import { requireRun, runParamsSchema } from './runs.ts';

const { get } = defineRoutes('Inside runs');
const path = `/api/v1/chambers/${chamberPath}/slices`;
const notStored = { description: 'The run is not stored' };

const layerSchema = z
  .string()
  .regex(/^([1-9]|1[0-2])$/, 'must be a layer, 1 to 12')
  .transform(Number);

const spanSchema = z.strictObject({
  /** Begin of the span; that of the run unless set. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }),
  /** With what each wire of a bad layer contributed to its score, which takes many times as long. */
  saliency: flagSchema.default(false),
});

export const sliceRoutes: readonly Route[] = [
  get('/api/v1/runs/:run/slices', {
    summary: 'The looks at a run while it was taken, and which chambers changed when',
    role: 'viewer',
    params: runParamsSchema,
    answers: {
      200: { description: 'No looks where the run was over when it was first seen', schema: runSlicesSchema },
      ...unchanged,
      404: notStored,
    },
    async handle({ params: { run }, deps: { database }, ctx }) {
      const { life } = await requireRun(database, run);
      return etagAnswer(ctx, await insideVersion(database, run), async () => {
        const looks = await listLooks(database, run);
        const changes = await listChanges(database, run);
        const latest = looks.findLast(({ hits }) => hits > 0)?.to ?? null;
        return { run, live: livesInProgress.includes(life), latest, looks, changes };
      });
    },
  }),
  get(path, {
    summary: 'A chamber through a run: what its layers counted from look to look, and what was said of it',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: z.strictObject({ layer: layerSchema.optional() }),
    answers: {
      200: {
        description: 'With the hits of the wires of one layer where it is named',
        schema: chamberSlicesSchema,
      },
      ...unchanged,
      404: notStored,
    },
    async handle({ params, query: { layer }, deps: { database }, ctx }) {
      const { life } = await requireRun(database, params.run);
      const { run, wheel, sector, station } = params;
      const parts = [...(await insideVersion(database, run)), wheel, sector, station, layer];
      return etagAnswer(ctx, parts, async () => ({
        params: { run, wheel, sector, station },
        slices: await listSlices(database, params, layer),
        waiting:
          life === 'final' || life === 'incomplete'
            ? null
            : await waitingOf(database, params, insideStateVersion),
        changes: await listChanges(database, run, params),
      }));
    },
  }),
  get(`${path}/sum`, {
    summary: 'What a chamber counted in a span of a run, judged like a run of that length',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: spanSchema,
    answers: {
      200: { description: 'The sum of the slices that lie whole in the span', schema: sliceSumSchema },
      ...unchanged,
      404: {
        description:
          'The run is not stored, or no slice lies whole in the span; the message says what there is',
      },
    },
    async handle({ params, query, deps, ctx }) {
      await requireRun(deps.database, params.run);
      const slices = await slicesWithin(deps.database, params, query);
      if (slices.length === 0) throw notFound(await whatThereIs(deps, params));
      const model = deps.explainer?.model();
      const { wheel, sector, station, run } = params;
      const parts = [
        run,
        wheel,
        sector,
        station,
        slices[0]!.from?.at,
        slices.at(-1)!.to.at,
        slices.length,
        model,
        String(query.saliency),
      ];
      return etagAnswer(ctx, parts, () => sumOf(deps, params, slices, query.saliency));
    },
  }),
];

async function whatThereIs({ database }: RouteDeps, chamber: ChamberOfRun): Promise<string> {
  const slices = await listSlices(database, chamber);
  const name = `run ${chamber.run}, ${chamberLabel(chamber)}`;
  const [first] = slices;
  if (first === undefined)
    return `${name} has no slices: the run was not seen while it was taken, or they are forgotten`;
  const from = first.from?.at ?? 'its start';
  return `no slice of ${name} lies whole in that span; its ${slices.length} reach from ${from} to ${slices.at(-1)!.to.at}`;
}

async function sumOf(
  { explainer }: RouteDeps,
  { run, wheel, sector, station }: ChamberOfRun,
  slices: readonly SliceCounts[],
  withSaliency: boolean,
): Promise<SliceSum> {
  // Those of another width are not of the same wires: what came after them stands.
  const width = slices.at(-1)!.matrix[0]!.length;
  const alike = slices.slice(slices.findLastIndex(({ matrix }) => matrix[0]!.length !== width) + 1);
  const matrix = alike.map((slice) => slice.matrix).reduce(plus);
  const known = alike.every(({ expected }) => expected !== null);
  const expected = known ? alike.reduce((sum, slice) => sum + slice.expected!, 0) : null;
  return {
    params: { run, wheel, sector, station },
    span: { from: alike[0]!.from, to: alike.at(-1)!.to },
    slices: alike.length,
    gaps: alike.slice(1).flatMap(({ gap }) => gap ?? []),
    matrix,
    ...((await explainer?.judgePart({ wheel, sector, station }, matrix, expected, withSaliency)) ??
      notJudged(matrix)),
  };
}

function notJudged(matrix: Matrix): Pick<SliceSum, 'model' | 'scores' | 'verdicts' | 'faults' | 'saliency'> {
  const verdicts = matrix.map((row) => (row.every((hits) => hits === noWire) ? null : ('unknown' as const)));
  const scores = new Array<number>(rowsPerChamber).fill(noScore);
  return { model: null, scores, verdicts, faults: [], saliency: null };
}

function plus(a: Matrix, b: Matrix): Matrix {
  return a.map((row, y) =>
    row.map((hits, x) => (hits === noWire || b[y]![x] === noWire ? noWire : hits + b[y]![x]!)),
  );
}
