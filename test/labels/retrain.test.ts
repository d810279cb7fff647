import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { drawMeasured, measuredFaults, simulateChamber } from '@dtdqm/simulator/detector';
import { pinModel, promoteModel, rollBackModel } from '@dtdqm/worker/learning/retrain/modelChoice';
import { ModelFollower } from '@dtdqm/worker/learning/startLearning';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/promotionGate';
import { areThereNewLabels, retrain, type RetrainOptions } from '@dtdqm/worker/learning/retrain/retrain';
import { inputsInStoredRun } from '@dtdqm/worker/pipeline/reevaluate';
import type { Example } from '@dtdqm/detector/training';
import { createScorer, readModelFolder } from '@dtdqm/detector';
import { someChamber, ScoringPool } from '@dtdqm/detector/testing';
import { locks, withAdvisoryLock } from '@dtdqm/worker/storage/advisoryLocks';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { listActs, modelInUse, registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticChamber, syntheticMatrix, syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns, verdictsOf } from './labelled.ts';

const shipped = fileURLToPath(new URL('../../models/original-architecture/1', import.meta.url));
const better = fileURLToPath(new URL('../../models/shape-and-rate/1', import.meta.url));
const crashing = new URL('../../detector/src/testing/crashingThread.js', import.meta.url);
const shippedName = 'original-architecture@1';
const deadHalf = measuredFaults.find(({ name }) => name === 'dead half')!;
const few = { ...defaultGateRules, simulatedOfKind: 2 };
const easy = { ...defaultGateRules, margin: -1, leastBad: 1, leastGood: 1, leastRuns: 1, simulatedOfKind: 2 };

// Scoring threads start here, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

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

async function allOf(labelled: AsyncIterable<readonly Example[]>): Promise<Example[]> {
  const all: Example[] = [];
  for await (const examples of labelled) all.push(...examples);
  return all;
}

let seen = 0;
/** The shipped network under another name: as good as the one in use, neither better nor worse. */
const asShipped: RetrainOptions['train'] = async (labelled, version) => {
  const examples = await allOf(labelled);
  seen = examples.length;
  expect(new Set(examples.map(({ run }) => run))).toEqual(new Set([1]));
  const folder = await readModelFolder(shipped);
  return { ...folder, metadata: { ...folder.metadata, version }, readme: 'a copy' };
};
const train = (overrides: Partial<RetrainOptions> = {}) =>
  retrain({
    database: it_.database,
    train: asShipped,
    actor: 'ana',
    modelDirectory: shipped,
    rules: few,
    ...overrides,
  });
const bo = () => ({ database: it_.database, actor: 'bo', reason: 'by hand', configured: shipped });
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
    await promoteModel(bo(), report.candidate);
    expect(await pinModel(bo(), true)).toMatchObject({ pinned: true });
    const pinned = await train({ now: at(3), rules: easy });
    expect(pinned).toMatchObject({ promoted: false });
    expect(pinned.decision.reasons).toContain('the model in use is pinned');
    expect(await pinModel(bo(), false)).toMatchObject({ pinned: false });
  });

  it('does not promote over what somebody chose during the training', async () => {
    const { model: before } = await modelInUse(it_.database);
    const report = await train({
      now: at(4),
      rules: easy,
      train: async (labelled, version) => {
        await promoteModel(bo(), shippedName);
        return asShipped(labelled, version);
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
        modelDirectory: shipped,
        rules: {
          ...defaultGateRules,
          falseAlarmTolerance: 1,
          kindTolerance: 1,
          leastRuns: 1,
          simulatedOfKind: 2,
        },
        train: async (_labelled, version) => {
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
      expect(await rollBackModel({ ...bo(), database: other.database })).toMatchObject({
        model: shippedName,
      });
    } finally {
      await other.drop();
    }
  });

  it('shows labels with the past that scoring gives them', async () => {
    const other = await createTestDatabase();
    try {
      await registerModel(other.database, { name: shippedName, hash: 'shipped' });
      await queueRuns(other.database, 1, 2, 3);
      for (const index of [3, 40]) await writeLabel(other.database, 'ana', labelOf(3, index));
      let shown: Example[] = [];
      await train({
        database: other.database,
        train: async (labelled, version) => {
          shown = await allOf(labelled);
          const folder = await readModelFolder(shipped);
          return { ...folder, metadata: { ...folder.metadata, version }, readme: 'a copy' };
        },
      });
      expect(shown.map(({ history }) => history.length)).toEqual([2, 2]);
      // What is expected of whole chambers is for the judge, not for the network.
      const inputs = await inputsInStoredRun(other.database, 3, shown);
      expect(shown).toMatchObject(inputs.map(({ expected: _, ...told }) => told));
    } finally {
      await other.drop();
    }
  });

  it('lists the labels that contradict the model in use where it is surest, and keeps them in the journal', async () => {
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
      // Run 1 is trained on, run 4 held out.
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
      await label(4, half, 'bo', []);
      const report = await train({
        database: other.database,
        modelDirectory: better,
        train: async (labelled, version) => {
          await allOf(labelled);
          const folder = await readModelFolder(shipped);
          return { ...folder, metadata: { ...folder.metadata, version }, readme: 'a copy' };
        },
      });
      const good = { chamber: formatChamber(half), layer: dead, label: 'good', expert: 'bo' };
      const expected = [
        { run: 1, ...good },
        { run: 1, chamber: formatChamber(healthy), layer: 3, label: 'bad', expert: 'ana' },
        { run: 4, ...good },
      ];
      const { count, listed } = report.contradictions;
      expect(count).toBe(3);
      expect(
        listed.map(({ score: _, ...told }) => told).sort((a, b) => a.run - b.run || a.layer - b.layer),
      ).toEqual(expected.sort((a, b) => a.run - b.run || a.layer - b.layer));
      for (const { label: said, score } of listed)
        expect(said === 'bad' ? score : 1 - score).toBeLessThan(0.02);
      const [act] = await listActs(other.database);
      expect(act).toMatchObject({ act: 'trained', report: { contradictions: report.contradictions } });
    } finally {
      await other.drop();
    }
  });

  it('keeps the journal append-only', async () => {
    await expect(it_.database.query('delete from model_act')).rejects.toThrow(/append-only/);
  });
});
