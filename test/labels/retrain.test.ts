import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { pinModel, promoteModel, rollBackModel } from '@dtdqm/worker/learning/retrain/choose';
import { followModel } from '@dtdqm/worker/learning/retrain/followModel';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/gate';
import { retrain, type RetrainOptions } from '@dtdqm/worker/learning/retrain/retrain';
import { createScorer } from '@dtdqm/worker/scoring/createScorer';
import { readModelFolder } from '@dtdqm/worker/scoring/model/readModelFolder';
import { writeLabel } from '@dtdqm/worker/storage/labels/write';
import { listActs, modelInUse } from '@dtdqm/worker/storage/modelChoice/acts';
import { registerModel } from '@dtdqm/worker/storage/models';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns } from './labelled.ts';

const shipped = fileURLToPath(new URL('../../models/original-architecture/1', import.meta.url));
const better = fileURLToPath(new URL('../../models/shape-and-rate/1', import.meta.url));
const shippedName = 'original-architecture@1';
const easy = { ...defaultGateRules, margin: -1, leastBad: 1, leastGood: 1 };

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await registerModel(it_.database, { name: shippedName, hash: 'shipped' });
  // Runs 4 and 9 are held out, 1 is trained on.
  await queueRuns(it_.database, 1, 4);
  for (const run of [1, 4]) {
    for (const [index, { sector }] of allChambers.entries()) {
      if (index % 7 !== 0 && sector !== 1) continue;
      const request = labelOf(run, index);
      const verdicts = request.verdicts.map((verdict, row) =>
        verdict !== null && sector === 1 && row === 8 ? 'bad' : verdict,
      );
      await writeLabel(it_.database, 'ana', { ...request, verdicts });
    }
  }
});
afterAll(() => it_.drop());

let seen = 0;
/** The shipped network under another name: as good as the one in use, neither better nor worse. */
const asShipped: RetrainOptions['train'] = async (examples, version) => {
  seen = examples.length;
  expect(new Set(examples.map(({ run }) => run))).toEqual(new Set([1]));
  const folder = await readModelFolder(shipped);
  return { ...folder, metadata: { ...folder.metadata, version }, readme: 'a copy' };
};
const train = (overrides: Partial<RetrainOptions> = {}) =>
  retrain({ database: it_.database, train: asShipped, actor: 'ana', fallbackModel: shipped, ...overrides });
const at = (minute: number) => new Date(Date.UTC(2026, 4, 7, 8, minute, 5));

describe('retraining', () => {
  it('keeps a candidate that is no better, with its report, and leaves the model in use', async () => {
    const report = await train({ now: at(1) });
    expect(report).toMatchObject({
      current: shippedName,
      candidate: 'original-architecture@2026.5.7.80105',
      promoted: false,
      averagePrecision: { gain: 0 },
    });
    expect(report.decision.reasons.join()).toMatch(/average precision gains 0.0000|are needed to decide/);
    expect(report.labels.training).toBe(seen);
    expect(report.labels.heldOut).toBeGreaterThan(30);
    const [act] = await listActs(it_.database);
    expect(act).toMatchObject({ act: 'trained', model: report.candidate, report: { promoted: false } });
    expect(await modelInUse(it_.database)).toEqual({ model: null, previous: null, pinned: false });
  });

  it('promotes one that passes; roll back, promote by hand and pin as people wish', async () => {
    const report = await train({ now: at(2), rules: { ...easy, margin: -1 }, promote: true });
    // A gain of 0 is not surely above 0: the gate's own rule stands, whatever the margin.
    expect(report.promoted).toBe(false);
    expect(await promoteModel(it_.database, 'bo', report.candidate)).toMatchObject({
      model: report.candidate,
    });
    await expect(promoteModel(it_.database, 'bo', report.candidate)).rejects.toThrow(/in use already/);
    await expect(promoteModel(it_.database, 'bo', 'nobody@1')).rejects.toThrow(/not registered/);
    await expect(rollBackModel(it_.database, 'bo')).rejects.toThrow(/nothing to roll back to/);
    await promoteModel(it_.database, 'bo', shippedName);
    expect(await rollBackModel(it_.database, 'bo')).toMatchObject({
      model: report.candidate,
      previous: null,
    });
    expect(await pinModel(it_.database, 'bo', true)).toMatchObject({ pinned: true });
    const pinned = await train({ now: at(3) });
    expect(pinned.decision.reasons).toContain('the model in use is pinned');
    expect(await pinModel(it_.database, 'bo', false)).toMatchObject({ pinned: false });
  });

  it('is taken up by a running scorer, from the database alone', async () => {
    const { model } = await modelInUse(it_.database);
    const scorer = await createScorer({ model: shipped });
    const changed: string[] = [];
    const follower = followModel({
      database: it_.database,
      scorer,
      fallbackModel: shipped,
      log: { info: () => undefined, warn: () => undefined },
      onChange: (name) => Promise.resolve(changed.push(name)),
    });
    await follower.stop();
    expect(scorer.model).toBe(model);
    expect(changed).toEqual([model]);
    await scorer.close();
  });

  it('promotes by itself what is surely better, and can go back to what was in use', async () => {
    const other = await createTestDatabase();
    try {
      await registerModel(other.database, { name: shippedName, hash: 'shipped' });
      await queueRuns(other.database, 4);
      // Experts who think as the candidate does: then it is right and the model in use is not.
      const scorer = await createScorer({ model: better });
      const chambers = allChambers.flatMap((chamber, index) => (index % 6 === 0 ? [{ chamber, index }] : []));
      const said = await scorer.score(
        chambers.map(({ chamber }) => ({
          chamber,
          matrix: syntheticMatrix(chamber, chamber.station === 4 ? 96 : 60, 4),
        })),
        { saliency: false },
      );
      await scorer.close();
      const scores = said
        .flatMap((verdict) => verdict.scores.filter((score) => score >= 0))
        .sort((a, b) => b - a);
      const limit = scores[40] ?? 1;
      for (const [place, { index }] of chambers.entries()) {
        const request = labelOf(4, index);
        const verdicts = request.verdicts.map((verdict, row) =>
          verdict !== null && (said[place]?.scores[row] ?? 0) > limit ? ('bad' as const) : verdict,
        );
        await writeLabel(other.database, 'ana', { ...request, verdicts });
      }
      const report = await retrain({
        database: other.database,
        actor: 'schedule',
        fallbackModel: shipped,
        rules: { ...defaultGateRules, falseAlarmTolerance: 1, kindTolerance: 1 },
        train: async (_examples, version) => {
          const folder = await readModelFolder(better);
          return { ...folder, metadata: { ...folder.metadata, version }, readme: 'a copy' };
        },
      });
      expect(report.decision).toEqual({ promote: true, reasons: [] });
      expect(await modelInUse(other.database)).toEqual({
        model: report.candidate,
        previous: shippedName,
        pinned: false,
      });
      expect(await rollBackModel(other.database, 'ana')).toMatchObject({ model: shippedName });
    } finally {
      await other.drop();
    }
  });

  it('keeps the journal append-only', async () => {
    await expect(it_.database.query('delete from model_act')).rejects.toThrow(/append-only/);
  });
});
