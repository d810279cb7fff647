import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allChambers, type LabelVerdict, type LabelWrite } from '@dtdqm/contract';
import { transaction, type Queryable } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { skipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { exportLabels, importLabels } from '@dtdqm/worker/storage/labels/transfer';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticChamber, syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf } from './labelled.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  for (const name of ['test@1.0.0', 'test@2.0.0']) await registerModel(db.database, { name, hash: 'h' });
  for (const run of [1, 2]) await saveRunResult(db.database, syntheticRun(run));
});
afterAll(() => db.drop());

/** What dashboards show of all labels, from the summary, and worked out from every layer of every label. */
const figures: Record<string, readonly [shown: string, fromLayers: string]> = {
  calibration: [
    'select bin, labelled, mean_score, share_bad from reporting.calibration order by bin',
    `select least(9, floor(score * 10))::integer as bin, count(*)::integer as labelled, avg(score)::real as mean_score,
            avg((label = 'bad')::integer)::real as share_bad
     from reporting.layer_labels where label in ('good', 'bad') and score >= 0 group by 1 order by 1`,
  ],
  contamination: [
    'select station, layer, labelled, bad, share from reporting.contamination order by 1, 2',
    `select station, layer, count(*) as labelled, count(*) filter (where label = 'bad') as bad, avg((label = 'bad')::integer)::real as share
     from reporting.layer_labels where label <> 'not-sure' group by 1, 2 order by 1, 2`,
  ],
  'agreement with the model': [
    `select run, wheel, station, sector, at, passes, false_alarms, hits, misses, worst_error from reporting.labelled_chambers
     where passes + false_alarms + hits + misses > 0 order by 1, 2, 3, 4`,
    `select run, wheel, station, sector, at, count(*) filter (where label = 'good' and verdict = 'good')::smallint as passes,
            count(*) filter (where label = 'good' and verdict = 'bad')::smallint as false_alarms, count(*) filter (where label = 'bad' and verdict = 'bad')::smallint as hits,
            count(*) filter (where label = 'bad' and verdict = 'good')::smallint as misses,
            (max(abs(score - (label = 'bad')::integer)) filter (where not agrees))::real as worst_error
     from reporting.model_agreement group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4`,
  ],
  'labelled chambers': [
    'select count(*) from reporting.labelled_chambers',
    'select count(*) from reporting.labels',
  ],
  'agreement of experts': [
    'select layers, share_agreed, alpha from reporting.agreement',
    `with judged as (
       select (count(*) filter (where label = 'bad'))::float8 as bad, (count(*) filter (where label = 'good'))::float8 as good
       from reporting.opinions where label <> 'not-sure' group by run, wheel, station, sector, layer having count(*) >= 2
     ), summed as (
       select count(*) as layers, count(*) filter (where bad = 0 or good = 0) as agreed, sum(2 * bad * good / (bad + good - 1)) as disagreement,
              sum(bad) as bad, sum(good) as good from judged
     )
     select layers, (agreed::float8 / nullif(layers, 0)) as share_agreed,
            (1 - (bad + good - 1) * disagreement / nullif(2 * bad * good, 0))::real as alpha from summed`,
  ],
};

async function holds(after: string): Promise<void> {
  for (const [name, [shown, fromLayers]] of Object.entries(figures)) {
    const [ours, theirs] = [
      await db.database.query(shown),
      await db.database.query<Record<string, unknown>>(fromLayers),
    ];
    expect(ours.rows, `${name}, after ${after}`).toEqual(theirs.rows.map(nearly));
  }
}

/** Sums of single precision depend on their order in the last digit. */
const nearly = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? (expect.closeTo(value, 5) as number) : value,
    ]),
  );

/** The same numbers at every call. */
let seed = 20261129;
const draw = (below: number) => ((seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) >> 8) % below;
const words: readonly LabelVerdict[] = ['good', 'good', 'good', 'bad', 'bad', 'not-sure'];

/** @returns the id of the event. */
async function label(
  run: number,
  expert: string,
  more: Partial<LabelWrite> = {},
  within: Queryable = db.database,
): Promise<string> {
  const request = labelOf(run, draw(12) * 20, more);
  const verdicts = request.verdicts.map((verdict) => verdict && words[draw(words.length)]!);
  return (await writeLabel(within, expert, { ...request, verdicts })).id;
}

/** As a worker stores it once more: other hits, and other scores of which many are near the limit, by the model that is named. */
async function storeAnew(run: number, model: string): Promise<void> {
  const chambers = allChambers.map((id) => {
    const chamber = syntheticChamber(id, run + 10);
    if (chamber.state !== 'present') throw new Error('the synthetic chamber has a matrix');
    const { verdict } = chamber;
    const scores = verdict.scores.map((score) => (score < 0 ? score : draw(100) / 100));
    const verdicts = verdict.verdicts.map((before, row) => before && (scores[row]! > 0.5 ? 'bad' : 'good'));
    return { ...chamber, verdict: { ...verdict, scores, verdicts } };
  });
  await saveRunResult(db.database, syntheticRun(run, { model, chambers }));
}

test(
  'what dashboards show of all labels is what the labels say, whatever becomes of labels and scores',
  { timeout: 120_000 },
  async () => {
    await holds('nothing');
    const span = {
      from: { at: '2026-05-04T06:30:00Z', lumisection: null },
      to: { at: '2026-05-04T07:30:00Z', lumisection: null },
    };
    const events: { id: string; expert: string }[] = [];
    for (let step = 0; step < 60; step += 1) {
      const [run, expert] = [1 + draw(2), ['ana', 'bo', 'cy'][draw(3)]!];
      const act = ['label', 'label', 'label', 'label', 'span', 'undo', 'undo', 'skip', 'scores', 'model'][
        draw(10)
      ]!;
      if (act === 'label') events.push({ id: await label(run, expert), expert });
      if (act === 'span') events.push({ id: await label(run, expert, { span }), expert });
      if (act === 'undo') {
        const [undone] = events.splice(draw(Math.max(1, events.length)), 1);
        if (undone !== undefined)
          await undoEvent(db.database, undone.expert, { event: undone.id, idempotencyKey: randomUUID() });
      }
      if (act === 'skip')
        await skipChamber(db.database, expert, {
          ...labelOf(run, draw(12) * 20),
          idempotencyKey: randomUUID(),
        });
      if (act === 'scores') await storeAnew(run, 'test@1.0.0');
      if (act === 'model') await storeAnew(run, 'test@2.0.0');
      await holds(`${act} of ${expert} in run ${run}, step ${step}`);
    }
    const { rows } = await db.database.query('select from label_summary');
    expect(rows.length).toBeGreaterThan(5);
    // The same labels, said once more by somebody else.
    let file = '';
    for await (const text of exportLabels(db.database, 'jsonl')) file += text;
    const labels = file.split('\n').filter((line) => line.includes('"kind":"label"'));
    const again = labels.map((line) => `${line.replace(/"by":"\w+"/, '"by":"gil"')}\n`).join('');
    const { taken } = await importLabels(db.database, Readable.from([Buffer.from(again)]), {
      format: 'jsonl',
      expert: 'gil',
    });
    expect(taken).toBe(labels.length);
    await holds('an import');
    await db.database.query('delete from run where run = 1');
    await holds('a run that is deleted');
  },
);

test(
  'a label that is given while other scores are stored is beside them, whichever is stored first',
  { timeout: 120_000 },
  async () => {
    await storeAnew(2, 'test@1.0.0');
    const others = `update chamber_score set scores = array_fill(0.75::real, array[12]), verdicts = array_fill('bad'::verdict, array[12]) where run = 2`;
    await transaction(db.database, async (client) => {
      await client.query(others);
      await label(2, 'dan');
      await client.query('update run set bad_layers = 7 where run = 2');
    });
    await holds('scores that were under way');
    await transaction(db.database, async (client) => {
      await label(2, 'eve', {}, client);
      await storeAnew(2, 'test@2.0.0');
    });
    await holds('a label that was under way');
  },
);
