import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { everyTime } from '@dtdqm/worker/pipeline/schedule';
import { openRig, finished, requestsOfRun, type FaultRig } from './rig/rig.ts';

const log = { warn: () => undefined };

describe('a schedule', () => {
  test('whose work takes longer than its interval never runs twice at the same time', async () => {
    const everySecond = '* * * * * *';
    let running = 0;
    let most = 0;
    let times = 0;
    let ticks = 0;
    // Beside it one that is quick, and tells when the next time has come for both.
    const clock = everyTime(everySecond, () => Promise.resolve(void ticks++), log);
    const slow = everyTime(
      everySecond,
      async () => {
        most = Math.max(most, ++running);
        times++;
        const until = ticks + 2;
        await vi.waitUntil(() => ticks >= until, { timeout: 20_000 });
        running--;
      },
      log,
    );
    await vi.waitUntil(() => times >= 2, { timeout: 25_000 });
    await slow.stop();
    await clock.stop();
    expect(running).toBe(0);
    expect(most).toBe(1);
    expect(ticks).toBeGreaterThan(times);
  });

  test('makes up for the one time of the day that a busy process slept through, and says nothing beside the log', async () => {
    const write = vi.spyOn(process.stdout, 'write');
    const console_ = (['log', 'warn', 'error', 'info'] as const).map((name) => vi.spyOn(console, name));
    const due = new Date((Math.floor(Date.now() / 1000) + 2) * 1000);
    const daily = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
    let times = 0;
    const schedule = everyTime(daily, () => Promise.resolve(void times++), log);
    // As a listing of a million runs, or a machine that is out of memory, does.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, due.getTime() + 3000 - Date.now());
    expect(times).toBe(0);
    await vi.waitUntil(() => times > 0, { timeout: 20_000 });
    await schedule.stop();
    expect(times).toBe(1);
    for (const spy of [write, ...console_]) {
      expect(spy.mock.calls.filter(([text]) => /cron|missed/i.test(String(text)))).toEqual([]);
      spy.mockRestore();
    }
  });

  // 02:30 does not exist in Geneva on 29 March 2026 and comes twice on 25 October 2026.
  test.each(['2026-03-29', '2026-10-25'])(
    'means UTC, so that 02:30 comes once on %s in any time zone',
    (day) => {
      const script = fileURLToPath(new URL('./rig/scheduledTimes.ts', import.meta.url));
      const child = spawnSync(process.execPath, ['--import', 'tsx', script, '30 2 * * *', day], {
        env: { ...process.env, TZ: 'Europe/Zurich' },
        encoding: 'utf8',
      });
      expect(child.stderr).toBe('');
      expect(JSON.parse(child.stdout)).toEqual([`${day}T02:30:00.000Z`]);
    },
  );
});

describe('discovery', () => {
  let rig: FaultRig;
  beforeEach(async () => {
    rig = await openRig(3);
  });
  afterEach(() => rig.close());

  test('by two workers whose clocks are a day apart fetches every run, and none twice', async () => {
    rig.worker();
    rig.worker(undefined, { clock: { clockOffsetSeconds: 86_400 } });
    await finished(rig.database, 3);
    const { byRun } = rig.simulator.requests();
    expect(byRun).toMatchObject({ '1': requestsOfRun, '2': requestsOfRun, '3': requestsOfRun });
  });

  test('by a worker whose clock jumps back an hour goes on', async () => {
    rig.worker(undefined, {
      clock: { clockOffsetSeconds: 3600, jumpAfterSeconds: 2, jumpSeconds: -3600 },
    });
    await finished(rig.database, 3);
    expect(rig.simulator.requests().byRun).toMatchObject({
      '1': requestsOfRun,
      '2': requestsOfRun,
      '3': requestsOfRun,
    });
  });
});
