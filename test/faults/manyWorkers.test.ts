import { afterEach, expect, test, vi } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { abandon } from '../postgres/abandon.ts';
import { contentOf } from './rig/content.ts';
import { finished, openRig, requestsOfRun, type FaultRig } from './rig/rig.ts';
import { isLong, report, sized } from './rig/size.ts';
import type { WorkerProcess } from './rig/workers.ts';

const runs = sized(4, 200);
let rig: FaultRig;
afterEach(() => rig.close());

test.each(isLong ? [1, 2, 4] : [3])(
  '%i workers on one queue store every run once, two of them killed on the way',
  { timeout: 1_800_000 },
  async (count) => {
    rig = await openRig(runs);
    const stored = new Map<number, number>();
    const start = (): WorkerProcess =>
      rig.worker((event) => {
        if (event.type === 'stored') stored.set(event.run, (stored.get(event.run) ?? 0) + 1);
      });
    const began = performance.now();
    const workers = Array.from({ length: count }, start);
    const lost = new Set<number>();
    for (const victim of count > 1 ? [0, 1] : []) {
      await delay(sized(700, 8000) * (0.5 + Math.random()));
      // Amid a run: of one that it has claimed and not begun it said nothing, and nobody knows whose that lease is.
      await vi.waitUntil(() => workers[victim]!.inHand.size > 0 || stored.size === runs, {
        timeout: 180_000,
        interval: 10,
      });
      await workers[victim]!.kill();
      for (const run of workers[victim]!.inHand) {
        lost.add(run);
        // The short form does not wait for what the killed one held; the leases of the living stay theirs.
        if (!isLong) await abandon(rig.database, run);
      }
      workers[victim] = start();
    }
    // What the killed ones held comes last and waits for its lease: the throughput is that of the others.
    const steady = runs - lost.size - 1;
    await finished(rig.database, steady);
    const seconds = (performance.now() - began) / 1000;
    await finished(rig.database, runs);
    expect((await contentOf(rig.database))['chamber']?.rows).toBe(250 * runs);
    const twice = [...stored].filter(([run, times]) => times > 1 && !lost.has(run));
    expect(twice).toEqual([]);
    const { byRun } = rig.simulator.requests();
    const again = Object.entries(byRun).filter(
      ([run, requests]) => run !== 'listing' && requests > requestsOfRun,
    );
    // Nobody but the heirs of the killed, and whoever looks whether the newest run has grown, asks again.
    expect(again.length).toBeLessThanOrEqual(lost.size + 1);
    report('workers on one queue', {
      workers: count,
      runs,
      killedInHand: lost.size,
      runsPerSecond: steady / seconds,
    });
  },
);
