import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chamberFaultsSchema,
  chamberHistorySchema,
  chamberSaliencySchema,
  chamberStepsSchema,
  chamberScoresSchema,
  layerStatisticsSchema,
  modelListSchema,
  statisticsSchema,
} from '@dtdqm/contract';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveScores } from '@dtdqm/worker/storage/results';
import { seedRuns } from './seed.ts';
import { startTestApi, type TestApi } from './api.ts';

let api: TestApi;
const chamber = '/api/v1/chambers/380002/-2/1/1';
const explained: string[] = [];
let loaded = 'test@1.0.0';

beforeAll(async () => {
  api = await startTestApi(
    {},
    {
      explainer: {
        model: () => loaded,
        methods: () => ['gradient', 'smoothgrad'],
        judgePart: () => Promise.reject(new Error('asked of test/api/slices.test.ts')),
        rescore: () => Promise.reject(new Error('asked of test/api/rescored.test.ts')),
        saliency: ({ run, wheel }, matrix, method) => {
          explained.push(`${run} ${wheel} ${method}`);
          return Promise.resolve(matrix.map((row) => row.map(() => 0.5)));
        },
        steps: () => Promise.resolve({ model: loaded, saliency: 'gradient', layers: [] }),
      },
    },
  );
  const [, run] = await seedRuns(api.database, [380001, 380002]);
  await registerModel(api.database, {
    name: 'other@2',
    hash: 'y',
    metadata: { saliency: { method: 'smoothgrad' } },
  });
  const first = run?.chambers[0];
  if (first?.state !== 'present') throw new Error('no chamber');
  const scores = first.verdict.scores.map((score) => (score < 0 ? score : 0.25));
  await saveScores(api.database, 380002, 'other@2', [{ ...first, ...first.verdict, scores }]);
});
afterAll(() => api.close());

describe('a chamber', () => {
  it('is the same at both addresses, and not sent to who has it', async () => {
    const ours = await api.fetch(`${chamber}/`);
    const original = await api.fetch('/data/380002/-2/1/1/');
    expect(await ours.json()).toEqual(await original.json());
    const known = { 'if-none-match': `"x", ${ours.headers.get('etag')}` };
    expect((await api.fetch(chamber, { headers: known })).status).toBe(304);
    const verdicts = Array.from({ length: 12 }, () => 'good');
    await api.fetch('/api/v1/labels', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        run: 380002,
        wheel: -2,
        station: 1,
        sector: 1,
        verdicts,
        idempotencyKey: 'key-000001',
      }),
    });
    const labelled = await api.fetch(chamber, { headers: known });
    expect(labelled.status).toBe(200);
    expect(await labelled.json()).toMatchObject({
      evaluation: { bad_layers: Array.from({ length: 12 }, () => 0), skipped: false },
    });
  });

  it('has scores by every model', async () => {
    const { models, cmsswOccupancyTest } = chamberScoresSchema.parse(
      (await api.json(`${chamber}/scores`)).body,
    );
    expect(models.map(({ model, current }) => [model, current])).toEqual([
      ['other@2', false],
      ['test@1.0.0', true],
    ]);
    expect(models[0]?.scores[0]).toBeCloseTo(0.25);
    expect(cmsswOccupancyTest.status).toBe(0);
  });

  it('has faults', async () => {
    const { faults } = chamberFaultsSchema.parse((await api.json(`${chamber}/faults`)).body);
    expect(faults).toMatchObject([{ kind: 'weak-layer', layers: [9] }]);
  });

  it('has a history up to its run', async () => {
    const history = chamberHistorySchema.parse((await api.json(`${chamber}/history`)).body);
    expect(history.runs.map(({ run }) => run)).toEqual([380002, 380001]);
    const one = (await api.json(`${chamber.replace('380002', '380001')}/history?limit=5`)).body;
    expect(chamberHistorySchema.parse(one).runs.map(({ run }) => run)).toEqual([380001]);
  });

  it('has the stored saliency, and others where the model is at hand', async () => {
    const stored = chamberSaliencySchema.parse((await api.json(`${chamber}/saliency`)).body);
    expect(stored).toMatchObject({ method: 'gradient', model: 'test@1.0.0' });
    const other = chamberSaliencySchema.parse((await api.json(`${chamber}/saliency?method=smoothgrad`)).body);
    expect(other.saliency.flat().every((value) => value === 0.5)).toBe(true);
    expect(explained).toEqual(['380002 -2 smoothgrad']);
    expect((await api.json(`${chamber}/steps`)).body).toMatchObject({ model: loaded, layers: [] });
    loaded = 'other@2';
    expect(await api.json(`${chamber}/saliency?method=occlusion`)).toMatchObject({
      status: 409,
      body: { error: { id: 'model-not-at-hand' } },
    });
    expect((await api.json(`${chamber}/saliency?method=magic`)).status).toBe(400);
  });

  it('says so when its attribution was made by a method that this version does not know', async () => {
    const card = (saliency: object) =>
      api.database.query(`update model set metadata = $1 where name = 'test@1.0.0'`, [
        JSON.stringify({ saliency }),
      ]);
    await card({ method: 'newest' });
    const { status, body } = await api.json(`${chamber}/saliency`);
    await card({});
    expect([status, body]).toMatchObject([409, { error: { id: 'saliency-method-unknown' } }]);
    expect((await api.json(`${chamber}/saliency`)).body).toMatchObject({ method: 'gradient' });
  });

  it('shows its steps as data; browsers get them from the workbench', async () => {
    const path = '/visualize/380002/-2/1/1/';
    loaded = 'test@1.0.0';
    const data = await api.fetch(path);
    expect(data.headers.get('content-type')).toContain('application/json');
    expect(chamberStepsSchema.parse(await data.json())).toMatchObject({ model: loaded });
    expect(data.headers.get('vary')).toMatch(/Accept(?!-)/);
    expect((await api.json(`${path}?format=json`)).body).toMatchObject({ model: loaded });
    expect((await api.json(`${path}?format=png`)).body).toMatchObject({
      error: { details: [{ field: 'format', message: 'must be json' }] },
    });
    loaded = 'other@2';
    expect((await api.json(path)).status).toBe(409);
  });

  it.each(['', '/scores', '/saliency', '/faults'])('is missed at %s where it is not', async (part) => {
    expect((await api.json(`/api/v1/chambers/5/-2/1/1${part}`)).status).toBe(404);
  });
});

describe('figures', () => {
  it('count what is stored', async () => {
    const figures = statisticsSchema.partial().parse((await api.json('/api/v1/statistics')).body);
    expect(figures).toMatchObject({
      runs: { total: 2, byStatus: { FINISHED: 2 }, newest: 380002 },
      chambers: { present: 500, absent: 0, failed: 0 },
      labels: { chambers: 1, events: 1, experts: 1 },
    });
  });

  it('count verdicts by station and layer', async () => {
    const { runs, layers } = layerStatisticsSchema.parse(
      (await api.json('/api/v1/statistics/layers?runs=1')).body,
    );
    expect(runs).toEqual([380002]);
    expect(layers).toHaveLength(3 * 12 + 8);
    expect(layers.find(({ station, layer }) => station === 1 && layer === 9)).toMatchObject({
      judged: 60,
      bad: 5,
    });
    expect(layers.reduce((sum, { judged }) => sum + judged, 0)).toBe(2720);
  });

  it('name the models', async () => {
    const { models } = modelListSchema.parse((await api.json('/api/v1/models')).body);
    expect(models.map(({ name, runs }) => [name, runs])).toEqual([
      ['other@2', 0],
      ['test@1.0.0', 2],
    ]);
    expect((await api.json('/api/v1/models/test@1.0.0')).body).toMatchObject({ runs: 2, hash: 'x' });
    expect((await api.json('/api/v1/models/none')).status).toBe(404);
  });
});
