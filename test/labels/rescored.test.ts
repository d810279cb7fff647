import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers, type ChamberId, type Fault, type Lease } from '@dtdqm/contract';
import { scoresByRun } from '@dtdqm/worker/api/chamberData';
import { nextChambers } from '@dtdqm/worker/learning/queue/next';
import { refreshQueue, reorderQueue } from '@dtdqm/worker/learning/queue/refresh';
import { getChamberData } from '@dtdqm/worker/storage/chambers';
import { goodHistory } from '@dtdqm/worker/storage/past';
import { sickChambers, blindChambers } from '@dtdqm/worker/storage/incidents/findings';
import { claimJob, requestReevaluation } from '@dtdqm/worker/storage/jobs';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { listContamination, listNetScores } from '@dtdqm/worker/storage/labels/original';
import { registerModel } from '@dtdqm/worker/storage/models';
import { changeOrder } from '@dtdqm/worker/storage/queue/order';
import { staleRuns } from '@dtdqm/worker/storage/queue/entries';
import { releaseLabelLease } from '@dtdqm/worker/storage/queue/leases';
import { saveReevaluation } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticChamber } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns, stateOf } from './labelled.ts';

/**
 * Scores of a model that is no longer in use stay stored beside those of its successor. Whoever reads scores has each chamber
 * once, with what the run's current model says.
 */
let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1);
  await registerModel(it_.database, { name: 'test@2.0.0', hash: 'h' });
  await requestReevaluation(it_.database, {});
  const job = await claimJob(it_.database, randomUUID());
  await saveReevaluation(it_.database, { run: 1, model: 'test@2.0.0', chambers: rescored() }, job!.owner);
});
afterAll(() => it_.drop());

/**
 * The chamber whose layer 4 the second model alone calls bad, and one in whose layer 2 it names a fault that it does not call bad; it says nothing
 * of the last chamber.
 */
const [worst, excused, unscored] = [17, 25, allChambers.length - 1];
const hot: Fault = { kind: 'hot-layer', layers: [2], wires: null, confidence: 1 };

function rescored() {
  return allChambers.slice(0, unscored).map((id, index) => {
    const chamber = syntheticChamber(id, 1);
    if (chamber.state !== 'present') throw new Error('the synthetic chamber has a matrix');
    const isBad = (row: number) => index === worst && row === 3;
    return {
      ...id,
      matrix: chamber.matrix,
      saliency: chamber.verdict.saliency,
      scores: chamber.verdict.scores.map((score, row) => (score < 0 ? -1 : isBad(row) ? 0.96875 : 0.0625)),
      verdicts: chamber.verdict.verdicts.map((verdict, row) => verdict && (isBad(row) ? 'bad' : 'good')),
      faults: index === excused ? [hot] : [],
    };
  });
}
const idOf = ({ wheel, station, sector }: Record<'wheel' | 'station' | 'sector', number>) =>
  [wheel, station, sector].join('/');
const all = allChambers.slice(0, unscored).map(idOf);

describe('a run that another model has scored since', () => {
  it('is taken into the queue anew, by the scores there are now', async () => {
    expect(await staleRuns(it_.database, 10)).toEqual([1]);
    expect(await refreshQueue(it_.database, 1)).toBe(unscored);
    // Not one of the tenth that is set aside for random draws, as which it would be given by chance.
    const { wheel, station, sector } = allChambers[worst]!;
    await it_.database.query(
      'update queue set random_key = 0.5 where wheel = $1 and station = $2 and sector = $3',
      [wheel, station, sector],
    );
    expect(await staleRuns(it_.database, 10)).toEqual([]);
    const { rows } = await it_.database.query<ChamberId & Record<'focus' | 'score' | 'certainty', number>>(
      'select wheel, station, sector, focus, score, certainty from queue',
    );
    expect(rows.map(idOf).sort()).toEqual([...all].sort());
    for (const row of rows) {
      const isWorst = idOf(row) === idOf(allChambers[worst]!);
      expect(row).toMatchObject(
        isWorst
          ? { focus: 4, score: 0.96875, certainty: 0.4375 }
          : { focus: expect.any(Number) as number, score: 0.0625, certainty: 0.4375 },
      );
    }
    // Asked about is what might be bad by this expert's taste.
    expect(rows.find((row) => idOf(row) === idOf(allChambers[excused]!))).toMatchObject({ focus: 2 });
    expect(await stateOf(it_.database, labelOf(1, unscored))).toBeNull();
  });

  it.each([
    ['the stored order', 'most-anomalous', 'Layer 4 looks worst: score 0.97.', [0.96875, 0.0625]],
    ['a shortlist', 'margin', 'The model is least sure of layer 1: score 0.06.', [0.125]],
  ] as const)('gives each chamber once, by %s', async (_, strategy, text, priorities) => {
    await changeOrder(it_.database, 'most-anomalous');
    await reorderQueue(it_.database);
    for (const run of [undefined, 1]) {
      const query = { expert: 'ana', strategy, count: 50, run, random: () => 1 };
      const leases: Lease[] = [];
      for (;;) {
        const page = await nextChambers(it_.database, query);
        if (page.length === 0) break;
        leases.push(...page);
      }
      expect(leases.map(idOf).sort()).toEqual([...all].sort());
      const ofWorst = leases.find((lease) => idOf(lease) === idOf(allChambers[worst]!));
      expect(ofWorst?.reason).toMatchObject({ text, priority: priorities[0] });
      // Those set aside for random draws come last, by chance.
      const ordered = leases.filter(({ reason }) => !reason.audit);
      expect(ordered.length).toBeGreaterThan(0.8 * all.length);
      expect(new Set(ordered.map(({ reason }) => reason.priority))).toEqual(new Set(priorities));
      await Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, 'ana', lease.id)));
    }
  });

  it('is listed once in the lists of the original', async () => {
    const { count, lines } = await listNetScores(it_.database, { limit: 1000 });
    expect(count).toBe(unscored);
    expect(lines.map(idOf).sort()).toEqual([...all].sort());
    expect(new Set(lines.map(({ scores }) => Math.max(...scores)))).toEqual(new Set([0.96875, 0.0625]));
    await writeLabel(it_.database, 'ana', labelOf(1, worst));
    expect(await listContamination(it_.database, { limit: 10 })).toMatchObject({
      count: 1,
      lines: [{ rating: 0.96875 }],
    });
  });

  it('has incidents, a past and a page by what is said now', async () => {
    const bad = await sickChambers(it_.database, 1);
    expect(bad.map(({ chamber }) => idOf(chamber))).toEqual([idOf(allChambers[worst]!)]);
    // What nobody has scored is blind in all layers.
    const blind = await blindChambers(it_.database, 1, () => []);
    expect(Object.keys(blind)).toHaveLength(1);
    const past = await goodHistory(it_.database, 2);
    // What is bad is no good past, nor is what counts too much.
    expect(past.size).toBe(unscored - 2);
    expect([...past.values()].every(({ length }) => length === 1)).toBe(true);
    expect(await getChamberData(it_.database, 1, allChambers[unscored]!)).toBeNull();
    const ofWorst = { run: 1, ...allChambers[worst]! };
    expect(await scoresByRun(it_.database, ofWorst, 10)).toMatchObject([
      { run: 1, verdicts: expect.arrayContaining(['bad']) as string[] },
    ]);
  });
});
