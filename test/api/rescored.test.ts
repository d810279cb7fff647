import { afterAll, beforeAll, expect, it } from 'vitest';
import { chamberRescoredSchema, chamberSaliencySchema, type ChamberId } from '@dtdqm/contract';
import { createScorer, type Scorer } from '@dtdqm/detector';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { createExplainer } from '@dtdqm/worker/api/chambers';
import { openWorkbench, type Workbench } from '../pipeline/workbench.ts';
import { startTestApi, type TestApi } from './api.ts';

/** Two runs through simulated DQM server, client, shipped detector and PostgreSQL; in the second a superlayer has sunk to 80 %. */
const sunk: ChamberId = { wheel: 1, station: 2, sector: 7 };
const path = '/api/v1/chambers/12/1/7/2';

let bench: Workbench;
let api: TestApi;
let scorer: Scorer;
beforeAll(async () => {
  bench = await openWorkbench();
  scorer = await createScorer({ backend: 'wasm' });
  api = await startTestApi(
    {},
    { database: bench.database, explainer: createExplainer(bench.database, scorer) },
  );
  for (const run of [10, 11, 12]) bench.source.set(run).overrideAll(run, (chamber) => counted(chamber, run));
  const worker = bench.worker({ scorer });
  for (const run of [10, 11, 12]) await worker.fetchNow(run);
});
afterAll(async () => {
  await api.close();
  await bench.close();
  await scorer.close();
});

function counted(chamber: ChamberId, run: number) {
  const isSunk = run === 12 && JSON.stringify(chamber) === JSON.stringify(sunk);
  const weak = { kind: 'weak-superlayer', layers: [5, 6, 7, 8], wires: { first: 1, last: 200 }, level: 0.8, bad: true } as const; // prettier-ignore
  const faults = isSunk ? [weak] : [];
  return simulateChamber({ chamber, buildSeed: 'hazel', runSeed: `hazel:${run}`, lumisections: 600, faults })
    .matrix;
}

const rescored = async (past?: string) =>
  chamberRescoredSchema.parse(
    (await api.json(`${path}/rescored${past === undefined ? '' : `?past=${past}`}`)).body,
  );

it('scores a chamber beside the past as it is, none, or runs that are named, and stores nothing', async () => {
  const stored = chamberRescoredSchema
    .pick({ scores: true })
    .parse((await api.json(`${path}`)).body as { scores: number[] }).scores;
  const asStored = await rescored();
  expect(asStored.model).toBe(scorer.model);
  expect(asStored.past).toEqual([11, 10]);
  asStored.scores.forEach((score, row) => expect(score).toBeCloseTo(stored[row]!, 4));
  const named = await rescored('10,11');
  expect([named.past, named.verdicts]).toEqual([[11, 10], asStored.verdicts]);
  const alone = await rescored('none');
  expect(alone.past).toEqual([]);
  expect((await rescored('10')).past).toEqual([10]);
  // What only the past can tell: each layer of a superlayer is as its siblings are.
  expect(asStored.scores[5]).toBeGreaterThan(alone.scores[5]! + 0.1);
  expect((await api.json(path)).body).toMatchObject({ scores: stored });
});

it.each([
  ['12', 'run 12 is not before run 12'],
  ['10,9', 'run 9 is not stored'],
  [
    '10,',
    'must be stored (good runs before, as the pipeline chooses them), none, or up to 4 runs with commas',
  ],
  ['1,2,3,4,5', 'must be stored (good runs before'],
  ['all', 'must be stored (good runs before'],
])('refuses past=%s, naming the field and the rule', async (past, message) => {
  const { status, body } = await api.json(`${path}/rescored?past=${past}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: { details: [{ field: 'past', message: expect.stringContaining(message) as string }] },
  });
});

it('offers the methods that the model has, and refuses others by naming those', async () => {
  const { method, offered } = chamberSaliencySchema.parse((await api.json(`${path}/saliency`)).body);
  expect([method, offered]).toEqual(['occlusion', ['occlusion']]);
  expect(await api.json(`${path}/saliency?method=smoothgrad`)).toMatchObject({
    status: 409,
    body: {
      error: {
        id: 'saliency-method-not-offered',
        message: `${scorer.model} does not offer the saliency method "smoothgrad", only occlusion`,
      },
    },
  });
});

it('goes on telling how an attribution was made that was stored before the model was explained otherwise', async () => {
  await bench.database.query(
    `update chamber_score set saliency_method = 'integrated-gradients' where run = 12 and (wheel, station, sector) = (1, 2, 7)`,
  );
  const { method, offered } = chamberSaliencySchema.parse((await api.json(`${path}/saliency`)).body);
  expect([method, offered]).toEqual(['integrated-gradients', ['integrated-gradients', 'occlusion']]);
});
