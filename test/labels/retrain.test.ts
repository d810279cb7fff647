import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { drawMeasured, examplesByRun, measuredFaults, simulateChamber } from '@dtdqm/simulator/detector';
import {
  pinModel,
  promoteModel,
  refuseModel,
  rollBackModel,
} from '@dtdqm/worker/learning/retrain/modelChoice';
import { ModelFollower } from '@dtdqm/worker/learning/startLearning';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/promotionGate';
import { crossFit } from '@dtdqm/worker/learning/retrain/crossFit';
import { secondOpinions, doubtedChambers } from '@dtdqm/worker/storage/queue/secondOpinions';
import { judgeLayers } from '@dtdqm/worker/learning/retrain/judgeModels';
import {
  areThereNewLabels,
  retrain,
  type RetrainOptions,
  type RetrainReport,
} from '@dtdqm/worker/learning/retrain/retrain';
import { inputsInStoredRun } from '@dtdqm/worker/pipeline/reevaluate';
import { Adaptation, defaultAdaptation, type Example } from '@dtdqm/detector/training';
import { loadModel, selectBackend } from '@dtdqm/detector/engine';
import { someChamber, ScoringPool } from '@dtdqm/detector/testing';
import { locks, withAdvisoryLock } from '@dtdqm/worker/storage/advisoryLocks';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { labelledChambers } from '@dtdqm/worker/storage/labels/read';
import { listActs, modelInUse, registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticChamber, syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns, verdictsOf } from './labelled.ts';

const shipped = fileURLToPath(new URL('../../models/original-architecture/1', import.meta.url));
const better = fileURLToPath(new URL('../../models/shape-and-rate/1', import.meta.url));
const crashing = new URL('../../detector/src/testing/crashingThread.js', import.meta.url);
const shippedName = 'original-architecture@1';
const deadHalf = measuredFaults.find(({ name }) => name === 'dead half')!;
const few = { ...defaultGateRules, knownOfKind: 2 };
const easy = {
  ...few,
  margin: -1,
  kindTolerance: 1,
  falseAlarmTolerance: 1,
  leastBad: 1,
  leastGood: 1,
  leastRuns: 1,
};
/** Hardly taught: as good as the model in use, neither better nor worse. */
const hardly = { runs: 1, chambersPerRun: 12, epochs: 1, learningRate: 1e-6 };

// Scoring threads start here, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await registerModel(it_.database, { name: shippedName, hash: 'shipped' });
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

async function train(overrides: Partial<RetrainOptions> = {}): Promise<RetrainReport> {
  const report = await retrain({
    database: it_.database,
    adaptation: hardly,
    actor: 'ana',
    modelDirectory: shipped,
    rules: few,
    ...overrides,
  });
  if (report === null) throw new Error('nothing is labelled');
  return report;
}
const bo = () => ({ database: it_.database, actor: 'bo', reason: 'by hand', configured: shipped });
const at = (minute: number) => new Date(Date.UTC(2026, 4, 7, 8, minute, 5));

describe('retraining', () => {
  it('keeps a candidate that is no better, with its report, and leaves the model in use', async () => {
    const report = await train({ now: at(1) });
    expect(report).toMatchObject({
      current: shippedName,
      candidate: 'original-architecture@2026.5.7.80105',
      promoted: false,
      adaptedFrom: shippedName,
      runs: 2,
    });
    expect(report.decision.reasons.join()).toMatch(/average precision gains|are needed to decide/);
    const { length } = await labelledChambers(it_.database, 1000);
    expect(report.labels.chambers).toBe(length);
    const { good, bad } = report.layers;
    expect(report.labels.good + report.labels.bad + report.doubted.count).toBeGreaterThanOrEqual(good + bad);
    const [act] = await listActs(it_.database);
    expect(act).toMatchObject({ act: 'trained', model: report.candidate, report: { promoted: false } });
    expect(await modelInUse(it_.database)).toEqual({ model: null, previous: null, pinned: false });
  });

  it('promotes one that passes; roll back, promote by hand and pin as people wish', async () => {
    const report = await train({ now: at(2), rules: easy, promote: false });
    expect(report).toMatchObject({ decision: { promote: true }, promoted: false });
    expect(await promoteModel(bo(), report.candidate)).toMatchObject({ model: report.candidate });
    await expect(promoteModel(bo(), report.candidate)).rejects.toThrow(/in use already/);
    await expect(promoteModel(bo(), 'nobody@1')).rejects.toThrow(/not registered/);
    await registerModel(it_.database, { name: 'lost@1', hash: 'lost' });
    await expect(promoteModel(bo(), 'lost@1')).rejects.toThrow(/no files of model lost@1 are kept/);
    // The model of the configuration was in use before anybody chose.
    expect(await rollBackModel(bo())).toMatchObject({ model: shippedName, previous: null });
    await expect(rollBackModel(bo())).rejects.toThrow(/nothing to roll back to/);
    await expect(refuseModel(bo(), shippedName)).rejects.toThrow(/is in use: roll back/);
    await refuseModel(bo(), report.candidate);
    expect(await pinModel(bo(), true)).toMatchObject({ pinned: true });
    const pinned = await train({ now: at(3), rules: easy });
    expect(pinned).toMatchObject({ promoted: false });
    expect(pinned.decision.reasons).toEqual(
      expect.arrayContaining([
        'the model in use is pinned',
        `${report.candidate}, which has the same weights, was refused`,
      ]),
    );
    expect(await pinModel(bo(), false)).toMatchObject({ pinned: false });
    await promoteModel(bo(), report.candidate);
  });

  it('does not promote over what somebody chose during the training', async () => {
    const { model: before } = await modelInUse(it_.database);
    const report = await train({
      now: at(4),
      rules: easy,
      onStage: async (stage) => {
        if (stage === 'judging') await promoteModel(bo(), shippedName);
      },
    });
    expect(report.decision.reasons).toContain(`${shippedName} was put in use meanwhile`);
    expect(await rollBackModel(bo())).toMatchObject({ model: before });
  });

  it('by schedule has something to learn only when there are new labels', async () => {
    expect(await areThereNewLabels(it_.database)).toBe(false);
    await writeLabel(it_.database, 'ana', labelOf(1, 0));
    expect(await areThereNewLabels(it_.database)).toBe(true);
  });

  it('is done by one process at a time', async () => {
    const inner: boolean[] = [];
    const outer = await withAdvisoryLock(it_.database, locks.retraining, async () => {
      inner.push(await withAdvisoryLock(it_.database, locks.retraining, () => Promise.resolve()));
    });
    expect([outer, ...inner]).toEqual([true, false]);
    expect(await withAdvisoryLock(it_.database, locks.retraining, () => Promise.resolve())).toBe(true);
  });

  it('is taken up by a running scorer from the database alone, and survives the crash of a thread', async () => {
    const { model } = await modelInUse(it_.database);
    const folder = shipped;
    const { pool } = await ScoringPool.start(1, { folder, backend: 'wasm' }, crashing);
    const follower = new ModelFollower({
      database: it_.database,
      scorer: pool,
      modelDirectory: shipped,
      log: { info: () => undefined, warn: () => undefined },
    });
    expect(await follower.look()).toBe(true);
    expect(pool.model).toBe(model);
    expect(await follower.look()).toBe(false);
    await expect(pool.score([someChamber(2, 12)], { saliency: false })).rejects.toThrow('crashed');
    expect(await pool.score([someChamber(2, 1)], { saliency: false })).toHaveLength(1);
    await follower.close();
    await pool.close();
  });

  it('shows labels with the past that scoring gives them', async () => {
    const other = await createTestDatabase();
    try {
      await registerModel(other.database, { name: shippedName, hash: 'shipped' });
      await queueRuns(other.database, 1, 2, 3);
      for (const index of [3, 40]) await writeLabel(other.database, 'ana', labelOf(3, index));
      await selectBackend('wasm');
      const adaptation = await Adaptation.of(
        better,
        { ...defaultAdaptation, ...hardly },
        { varied: examplesByRun({ seed: 1, chambersPerRun: 4 })(1, 1), healthy: [] },
      );
      const read = vi.spyOn(adaptation, 'samples');
      const labelled = await labelledChambers(other.database, 10);
      const model = await loadModel(better);
      const [own = []] = await judgeLayers(other.database, [model], labelled);
      model.network.dispose();
      await crossFit(other.database, adaptation, labelled, own, own);
      adaptation.dispose();
      const shown: Example[] = read.mock.calls.flatMap(([examples]) => [...examples]);
      expect(shown.map(({ history }) => history.length)).toEqual([2, 2]);
      // What is expected of whole chambers is for the judge, not for the network.
      const inputs = await inputsInStoredRun(other.database, 3, shown);
      expect(shown).toMatchObject(inputs.map(({ expected: _, ...told }) => told));
    } finally {
      await other.drop();
    }
  });

  it('does not teach labels that all speak against, and lists them in the journal', async () => {
    const other = await createTestDatabase();
    try {
      const [healthy, half] = [allChambers[0]!, allChambers[5]!];
      const counted = (run: number, chamber: ChamberId) =>
        simulateChamber({
          chamber,
          buildSeed: 1,
          runSeed: run,
          lumisections: 300,
          faults: chamber === half ? [drawMeasured(deadHalf, half, seededRandom(2))!] : [],
        });
      await registerModel(other.database, { name: 'test@1.0.0', hash: 'h' });
      for (const run of [1, 4]) {
        const chambers = [healthy, half].map((chamber) => ({ ...syntheticChamber(chamber), matrix: counted(run, chamber).matrix })); // prettier-ignore
        await saveRunResult(other.database, syntheticRun(run, { chambers }));
      }
      const dead = counted(1, half).badLayers[0]!;
      const label = (run: number, chamber: ChamberId, expert: string, badLayers: readonly number[]) =>
        writeLabel(
          other.database,
          expert,
          labelOf(run, allChambers.indexOf(chamber), {
            verdicts: verdictsOf(chamber.station).map((verdict, row) =>
              badLayers.includes(row + 1) ? 'bad' : verdict,
            ),
          }),
        );
      await label(1, healthy, 'ana', [3]);
      await label(1, half, 'bo', []);
      await label(4, healthy, 'ana', []);
      await label(4, half, 'ana', [dead]);
      const report = await train({
        database: other.database,
        modelDirectory: better,
        adaptation: { ...hardly, chambersPerRun: 60 },
      });
      const good = { chamber: formatChamber(half), layer: dead, label: 'good', expert: 'bo' };
      const expected = [
        { run: 1, ...good },
        { run: 1, chamber: formatChamber(healthy), layer: 3, label: 'bad', expert: 'ana' },
      ];
      const { count, listed } = report.doubted;
      expect(count).toBe(2);
      expect(
        listed.map(({ score: _, byOthers: __, ...told }) => told).sort((a, b) => a.layer - b.layer),
      ).toEqual(expected.sort((a, b) => a.layer - b.layer));
      expect(report.labels).toMatchObject({ chambers: 4, bad: 1 });
      for (const { label: said, score } of listed)
        expect(said === 'bad' ? score : 1 - score).toBeLessThan(0.02);
      const [act] = await listActs(other.database);
      expect(act).toMatchObject({ act: 'trained', report: { doubted: report.doubted } });
      await answerAnew(other, healthy, dead);
    } finally {
      await other.drop();
    }
  });

  /** Doubted are layer 3 of the healthy chamber, called bad by ana, and a dead layer called good by bo, both in run 1. */
  async function answerAnew({ database }: TestDatabase, healthy: ChamberId, dead: number): Promise<void> {
    const asked = async (expert: string) =>
      (await secondOpinions(database, { expert, blind: false }))
        .filter(({ isAsked }) => isAsked)
        .map(({ reason }) => reason);
    const ofAna =
      'A second opinion: labelled bad in layer 3 by ana; the model and the labels of other runs say good.';
    const ofBo = `A second opinion: labelled good in layer ${dead} by bo; the labels of other runs say bad.`;
    expect(await asked('ana')).toEqual([ofBo]);
    expect(await asked('bo')).toEqual([ofAna]);
    expect((await asked('cy')).sort()).toEqual([ofAna, ofBo].sort());
    const [own, others] = (await secondOpinions(database, { expert: 'ana', blind: true })).reverse();
    expect(own).toMatchObject({ ...healthy, isAsked: false, labels: [] });
    expect(JSON.stringify([own, others])).not.toMatch(/ana|bo|layer 3|good|bad/);
    const alone = await database.query<{ last: string }>(
      `select max(id) as last from label_event where expert = 'bo'`,
    );
    await undoEvent(database, 'bo', { event: alone.rows[0]!.last, idempotencyKey: 'bo-takes-it-back' });
    expect(await asked('ana')).toEqual([]);
    expect(await doubtedChambers(database, 'ana', 0)).toMatchObject([{ ...healthy, isAsked: true }]);
    expect(await asked('cy')).toEqual([ofAna]);
    const bad = verdictsOf(healthy.station).map((verdict, row) => (row === 2 ? 'bad' : verdict));
    await writeLabel(database, 'cy', labelOf(1, allChambers.indexOf(healthy), { verdicts: bad }));
    expect(await asked('bo')).toEqual([]);
    const confirmed = (await labelledChambers(database, 10)).map(
      ({ run, confirmed: said }) => run === 1 && said[2],
    );
    expect(confirmed).toContain(true);
  }

  it('keeps the journal append-only', async () => {
    await expect(it_.database.query('delete from model_act')).rejects.toThrow(/append-only/);
  });
});
