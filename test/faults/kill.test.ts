import { afterEach, describe, expect, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { contentOf } from './rig/content.ts';
import { finished, openRig, type FaultRig } from './rig/rig.ts';
import { isLong, report, sized } from './rig/size.ts';

const kills = sized(3, 50);
const runs = sized(4, 60);
const rigs: FaultRig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

async function rigOf(): Promise<FaultRig> {
  const rig = await openRig(runs);
  rigs.push(rig);
  return rig;
}

describe(`a worker killed at ${kills} random moments`, () => {
  test('leaves, in the end, the very content of an undisturbed run', { timeout: 900_000 }, async () => {
    const calm = await rigOf();
    const undisturbed = calm.worker();
    await finished(calm.database, runs);
    await undisturbed.kill();

    const rig = await rigOf();
    const longest = { seconds: 0 };
    const orphans = new Map<number, number>();
    const onEvent = (event: { type: string; run?: number }) => {
      if (event.type !== 'stored' && event.type !== 'unchanged') return;
      const since = orphans.get(event.run ?? 0);
      if (since === undefined) return;
      orphans.delete(event.run ?? 0);
      longest.seconds = Math.max(longest.seconds, (performance.now() - since) / 1000);
    };
    let hit = 0;
    for (let kill = 0; kill < kills; kill++) {
      const doomed = rig.worker(onEvent);
      // From before it is up to deep in its work.
      await delay(600 + Math.random() * sized(1500, 3000));
      await doomed.kill();
      for (const run of doomed.inHand) orphans.set(run, performance.now());
      hit += doomed.inHand.size;
      // The short form does not wait for leases to run out; the long form does.
      if (!isLong)
        await rig.database.query(`update run set lease_until = now() where lease_until is not null`);
    }
    const heir = rig.worker(onEvent);
    await finished(rig.database, runs);
    await heir.kill();

    expect(await contentOf(rig.database)).toEqual(await contentOf(calm.database));
    if (isLong) expect(longest.seconds).toBeLessThan(120);
    report('kill -9 of a worker', {
      kills,
      killedWithRunInHand: hit,
      runs,
      longestIdleSeconds: isLong ? Math.round(longest.seconds) : 'leases cut short',
    });
  });
});
