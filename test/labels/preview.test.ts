import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { chamberOfKey, formatChamber, type LabelPreview, modelPreviewSchema } from '@dtdqm/contract';
import { createScorer, defaultModelFolder, type Scorer } from '@dtdqm/detector';
import { defaultAdaptation } from '@dtdqm/detector/training';
import { keepPreview } from '@dtdqm/worker/learning/preview/keepPreview';
import { refreshQueue } from '@dtdqm/worker/learning/queue/refresh';
import { isLocked, locks, withAdvisoryLock } from '@dtdqm/worker/storage/advisoryLocks';
import { registerModel } from '@dtdqm/worker/storage/models';
import { leaseChamber } from '@dtdqm/worker/storage/queue/leases';
import { startTestApi, type TestApi } from '../api/api.ts';
import { chambers, countOf, faultOf, label, store } from './taste.ts';

// Simulates what is known and looks at six runs, twice: half a minute of one processor.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** Less of what is known than in use, and so three times as fast. */
const adaptation = { ...defaultAdaptation, runs: 5 };
/** Labelled in runs 1 to 4; of 5 and 6 nobody says anything. */
const unlabelledRuns = [5, 6];

let api: TestApi;
let shipped: Scorer;
beforeAll(async () => {
  api = await startTestApi();
  shipped = await createScorer({ model: await defaultModelFolder() });
  await registerModel(api.database, { name: shipped.model, hash: 'unknown' });
  for (const run of [1, 2, 3, 4, ...unlabelledRuns]) await store(api.database, shipped, run);
});
afterAll(async () => {
  await shipped.close();
  await api.close();
});

const told = async () => modelPreviewSchema.parse((await api.json('/api/v1/models/preview')).body);

/** A worker's part. */
const keep = () =>
  keepPreview({
    database: api.database,
    databaseUrl: api.databaseUrl,
    log: pino({ level: 'silent' }),
    scorer: shipped,
    hotIsBad: false,
    adaptation,
    everyMs: 50,
  });

/** As if the pause after the attempt before were over. */
const makeDue = () => api.database.query("update label_preview set tried_at = tried_at - interval '1 hour'");

/** It works until what is told is as wanted. */
async function keepUntil(isSo: (preview: LabelPreview | null) => boolean) {
  await makeDue();
  const keeper = keep();
  try {
    await vi.waitUntil(async () => isSo((await told()).preview), { timeout: 550_000, interval: 200 });
  } finally {
    await keeper.stop();
  }
}

/** All that is stored of scores and verdicts. */
async function stored(): Promise<string> {
  const { rows } = await api.database.query<{ all: string }>(
    `select md5(string_agg(s::text, ',' order by run, wheel, station, sector, model)) as all from chamber_score s`,
  );
  return rows[0]!.all;
}

const ofKind = (name: string) => chambers.filter((chamber) => (faultOf(chamber)?.name ?? 'none') === name);
const keyOf = ({ run, chamber, layer }: { run: number; chamber: string; layer: number }) =>
  `${run} ${chamber} ${layer}`;

// The tests build on one another.
describe('what labels would do', () => {
  it('is not known before the first, and says so', async () => {
    expect(await told()).toEqual({
      summary: 'What labels would do is not worked out yet: nothing is labelled.',
      unknown: [],
      preview: null,
    });
  });

  it('is not worked out beside a retraining', async () => {
    await label(api.database, 1, [...ofKind('hot').slice(0, 3), ...ofKind('none').slice(0, 2)]);
    await withAdvisoryLock(api.database, locks.retraining, async () => {
      const keeper = keep();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await isLocked(api.database, locks.labelPreview)).toBe(false);
      await keeper.stop();
    });
    expect(await told()).toEqual({
      summary:
        'What labels would do is not worked out yet: a worker does so within a minute after the last label.',
      unknown: [],
      preview: null,
    });
  });

  it('is not told by too few', async () => {
    await keepUntil((preview) => preview !== null);
    const { summary, preview } = await told();
    expect(summary).toBe(
      'Too few labels to tell what they would do: 3 bad layers of 5 labelled chambers teach, and 5 are needed.',
    );
    expect(preview).toMatchObject({ labels: { bad: 3 }, outlook: null });
  });

  it('is told of runs that nobody labelled, and changes nothing of them', async () => {
    const before = await stored();
    for (const run of [1, 2, 3, 4]) await label(api.database, run);
    await keepUntil((preview) => preview?.outlook !== null);
    const { summary, unknown, preview } = await told();
    const { more, labelledGood, labelledBad, runs } = preview!.outlook!;
    expect(runs).toEqual({ first: 1, last: 6, count: 6 });
    const layers = new Set(more.listed.map(keyOf));
    const hot = unlabelledRuns.flatMap((run) =>
      ofKind('hot').flatMap((chamber) =>
        countOf(chamber, run).badLayers.map((layer) =>
          keyOf({ run, chamber: formatChamber(chamber), layer }),
        ),
      ),
    );
    expect(hot.filter((key) => layers.has(key)).length).toBeGreaterThan(0.75 * hot.length);
    const wrong = more.listed.filter(
      ({ run, chamber, layer }) =>
        !countOf(
          chambers.find((each) => formatChamber(each) === chamber)!,
          run,
        ).badLayers.includes(layer),
    );
    expect(wrong.length).toBeLessThan(0.1 * more.count);
    expect(summary).toMatch(
      new RegExp(
        `^After ${4 * chambers.length} labelled chambers: ${more.count} more layers of the last 6 runs would be bad \\(${more.labelledSo} of them labelled so\\)`,
      ),
    );
    expect(labelledBad.after).toBeGreaterThan(labelledBad.before);
    expect(labelledGood.after > labelledGood.before).toBe(unknown.join().includes('More false alarms'));
    expect(await stored()).toBe(before);
  });

  it('says when labels came since', async () => {
    const { preview } = await told();
    await label(api.database, 5, chambers.slice(0, 2));
    const { unknown, preview: after } = await told();
    expect(after).toEqual(preview);
    expect(unknown[0]).toBe('2 labels since are not in it.');
  });

  it('does not tell whoever has a chamber as a random draw what becomes of it', async () => {
    await refreshQueue(api.database, 6);
    const { preview } = await told();
    const [first] = preview!.outlook!.more.listed.filter(({ run }) => run === 6);
    const held = { run: 6, ...chamberOfKey(first!.chamber)! };
    await leaseChamber(api.database, 'local', { ...held, audit: true });
    const { preview: after } = await told();
    expect(after!.outlook!.more.count).toBe(preview!.outlook!.more.count);
    expect(after!.outlook!.more.listed.map(keyOf)).not.toContain(keyOf(first!));
  });

  it('stays as it was where it is interrupted, and is made anew by whoever comes next', async () => {
    // Turned round: what was bad is said to be good.
    for (const run of [1, 2, 3, 4])
      await label(api.database, run, chambers, (isBad) => (isBad ? 'good' : 'bad'));
    const { preview: before } = await told();
    await makeDue();
    const keeper = keep();
    const isAtWork = async () =>
      (
        await api.database.query(
          "select from pg_stat_activity where application_name = 'dtdqm preview' and datname = current_database()",
        )
      ).rowCount! > 0;
    await vi.waitUntil(isAtWork, { timeout: 60_000, interval: 20 });
    await keeper.stop();
    await vi.waitUntil(async () => !(await isAtWork()), { timeout: 10_000 });
    expect((await told()).preview).toEqual(before);
    await keepUntil((preview) => preview?.newestEvent !== before!.newestEvent);
    expect((await told()).unknown.join()).not.toContain('since');
  });

  it('does not flood the list where labels are turned round', async () => {
    const { outlook } = (await told()).preview!;
    expect(outlook!.labelledGood.layers).toBeLessThan(outlook!.labelledBad.layers);
    expect(outlook!.more.count).toBeLessThan(0.02 * outlook!.layers);
  });

  it('is out of date once another model is in use', async () => {
    await registerModel(api.database, { name: 'other@1', hash: 'x' });
    await api.database.query(
      "insert into model_act (actor, act, model) values ('ana', 'promoted', 'other@1')",
    );
    expect((await told()).unknown[0]).toBe(
      `Out of date: it was worked out for ${shipped.model}, and other@1 is in use now.`,
    );
  });
});
