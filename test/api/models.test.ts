import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelActListSchema, modelListSchema } from '@dtdqm/contract';
import { inTemporaryFolder, writeUntrainedModel } from '@dtdqm/detector/testing';
import { registerFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { startTestApi, type TestApi } from './api.ts';

const configured = fileURLToPath(new URL('../../models/original-architecture/1', import.meta.url));
const first = 'original-architecture@1';
const second = 'untrained@1';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ DTDQM_MODEL_DIR: configured });
  await inTemporaryFolder(async (folder) => {
    await writeUntrainedModel(`${folder}/model`);
    await registerFolder(api.database, `${folder}/model`);
  });
});
afterAll(() => api.close());

const post = (path: string, body?: object) =>
  api.json(`/api/v1/models/${path}`, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

// The tests build on one another.
describe('the choice of model', () => {
  it('is nobody’s at first', async () => {
    const { inUse, models } = modelListSchema.parse((await api.json('/api/v1/models')).body);
    expect(inUse).toEqual({ model: null, previous: null, pinned: false });
    expect(models.map(({ name }) => name)).toEqual([second]);
  });

  it('can be promoted, rolled back, pinned and unpinned, each with a reason in the journal', async () => {
    const promoted = await post(`${second}/promote`, { reason: 'better on MB4' });
    expect(promoted).toEqual({ status: 200, body: { model: second, previous: first, pinned: false } });
    expect(await post('rollback')).toMatchObject({ status: 200, body: { model: first, previous: null } });
    expect(await post('pin')).toMatchObject({ status: 200, body: { model: first, pinned: true } });
    expect(await post('unpin')).toMatchObject({ status: 200, body: { pinned: false } });
    const { acts } = modelActListSchema.parse((await api.json('/api/v1/models/acts')).body);
    expect(acts.map(({ act, model, reason }) => [act, model, reason])).toEqual([
      ['unpinned', first, 'by hand'],
      ['pinned', first, 'by hand'],
      ['rolled-back', first, 'by hand'],
      ['promoted', second, 'better on MB4'],
      ['promoted', first, 'was in use'],
    ]);
  });

  it('can be refused: nobody rolls back to it, and who wants it puts it in use', async () => {
    const refusal = { reason: 'blind to MB4', idempotencyKey: 'refuse-it-once' };
    const inUse = { model: first, previous: null, pinned: false };
    for (const body of [refusal, refusal, { reason: 'again' }])
      expect(await post(`${second}/refuse`, body)).toEqual({ status: 200, body: inUse });
    const acts = async () => modelActListSchema.parse((await api.json('/api/v1/models/acts')).body).acts;
    expect((await acts()).filter(({ act }) => act === 'refused')).toMatchObject([
      { actor: 'local', model: second, reason: 'blind to MB4' },
    ]);
    const refused = async () =>
      modelListSchema
        .parse((await api.json('/api/v1/models')).body)
        .models.find(({ name }) => name === second)?.refused;
    expect(await refused()).toMatchObject({ by: 'local', reason: 'blind to MB4' });
    expect(await post(`${first}/refuse`, refusal)).toMatchObject({
      status: 422,
      body: { error: { id: 'idempotency-key-reused' } },
    });
    const promotion = { idempotencyKey: 'promote-it-once' };
    for (const _ of [1, 2]) await post(`${second}/promote`, promotion);
    expect(await refused()).toBeNull();
    await post(`${first}/promote`);
    expect(await post(`${second}/refuse`)).toMatchObject({
      status: 200,
      body: { model: first, previous: null },
    });
  });

  it.each([
    ['rollback', /nothing to roll back to/],
    ['nobody@1/promote', /not registered/],
    [`${first}/promote`, /in use already/],
  ])('that cannot be made is refused: %s', async (path, reason) => {
    const { status, body } = await post(path);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      error: { id: 'model-not-chosen', message: expect.stringMatching(reason) as string },
    });
  });
});
