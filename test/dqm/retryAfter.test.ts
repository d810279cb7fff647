import { describe, expect, it } from 'vitest';
import { type ChamberId, allChambers, formatChamber } from '@dtdqm/contract';
import type { Rule } from '@dtdqm/simulator/server';
import type { OccupancySource } from '@dtdqm/worker/dqm/source';
import { faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const { dataset } = listed;
const day = 86_400;
const busy = (retryAfterSeconds: number) => ({ do: 'status', status: 429, retryAfterSeconds }) as const;
const refusing = (chambers: readonly ChamberId[], action: Rule['action'], rest: object = {}): Rule[] =>
  chambers.map((chamber) => ({ chamber: formatChamber(chamber), action, ...rest }));
const ask = (client: OccupancySource, chamber: ChamberId) =>
  client.fetchChamber(listed, chamber).catch((fault: unknown) => String(fault));
const probe = '/dqm/online/data/json/samples';

describe('an address that asks for a wait', () => {
  it.each([429, 503])('with status %i holds up nobody else', async (status) => {
    const [first, ...others] = allChambers;
    const { simulator, client } = await rig(
      refusing([first!], { do: 'status', status, retryAfterSeconds: day }),
    );
    const refused = await faultOf(client.fetchChamber(listed, first!));
    expect(refused.message).toMatch(`(status ${status})`);
    expect(await Promise.all(others.map((id) => client.fetchChamber(listed, id)))).toEqual(
      others.map((id) => toyMatrix(run, id)),
    );
    expect((await client.listRuns({ dataset })).runs).toEqual([listed]);
    await expect(client.ready()).resolves.toBeUndefined();
    // It is left alone meanwhile, and the reason says that it was not asked.
    const again = await faultOf(client.fetchChamber(listed, first!));
    expect(again).toMatchObject({ code: 'overloaded', run, chamber: first });
    expect(again.message).toMatch(
      /not asked: the server wants to be left alone for another \d+ s, with this request$/,
    );
    expect(simulator.requests().byRun[run]).toBe(250);
  });

  it('does not keep the only place while it waits', async () => {
    const [first, second] = allChambers;
    const rules = refusing([first!], busy(1), { count: 1 });
    const { client } = await rig(rules, { concurrency: 1 });
    const order: string[] = [];
    await Promise.all(
      [first!, second!].map(async (chamber) => {
        await client.fetchChamber(listed, chamber);
        order.push(formatChamber(chamber));
      }),
    );
    expect(order).toEqual([second!, first!].map(formatChamber));
  });

  it('is not taken for the server as long as others answer in between', async () => {
    const bad = allChambers.filter((_, index) => index % 4 !== 3);
    const { simulator, client } = await rig(refusing(bad, busy(day)), { concurrency: 1 });
    const outcomes = await Promise.all(allChambers.map((chamber) => ask(client, chamber)));
    expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toHaveLength(250 - bad.length);
    expect(simulator.requests().total).toBe(250);
  });

  it('may give a date, which is one by its own clock', async () => {
    const [first] = allChambers;
    // Its clock is a day ahead of ours; it asks for no wait at all.
    const date = new Date(Date.now() + day * 1000).toUTCString();
    const rules = refusing([first!], { do: 'status', status: 503, retryAfter: date, date }, { count: 1 });
    const { client } = await rig(rules);
    await expect(client.fetchChamber(listed, first!)).resolves.toEqual(toyMatrix(run, first!));
  });
});

describe('a server of which four addresses in a row ask for a wait', () => {
  const four = allChambers.slice(0, 4);

  it('is left alone as a whole, for five minutes at most', async () => {
    const { simulator, client } = await rig(refusing(four, busy(day)), { concurrency: 1 });
    await Promise.all(four.map((chamber) => ask(client, chamber)));
    for (const refused of [
      await faultOf(client.fetchChamber(listed, allChambers[9]!)),
      await faultOf(client.listRuns({ dataset })),
    ]) {
      expect(refused).toMatchObject({ code: 'overloaded' });
      expect(refused.message).toMatch(
        /not asked: the server wants to be left alone for another (300|29\d) s$/,
      );
    }
    expect(simulator.requests().total).toBe(4);
    const stop = new AbortController();
    const ready = client.ready(stop.signal).then(
      () => 'ready',
      () => 'stopped',
    );
    stop.abort();
    expect(await ready).toBe('stopped');
  });

  it('is then asked one question, and everything goes on when it answers', async () => {
    const { simulator, client } = await rig(
      refusing(allChambers, busy(0.5), { countPerAddress: 1 }).slice(0, 4),
      { concurrency: 1 },
    );
    const matrices = await Promise.all(allChambers.map((id) => client.fetchChamber(listed, id)));
    expect(matrices).toEqual(allChambers.map((id) => toyMatrix(run, id)));
    const { byPath, total } = simulator.requests();
    expect(byPath[probe]).toBe(1);
    expect(total).toBe(250 + 4 + 1);
  });

  it('is left alone again when it asks for that again', async () => {
    const { simulator, client } = await rig(
      [...refusing(four, busy(0.2), { count: 1 }), { path: 'samples', count: 1, action: busy(0.5) }],
      { concurrency: 1 },
    );
    await Promise.all(four.map((id) => client.fetchChamber(listed, id)));
    expect(simulator.requests().byPath[probe]).toBe(2);
    expect(simulator.requests().total).toBe(4 + 2 + 4);
  });

  it('is ready when the question was answered', async () => {
    const { simulator, client } = await rig(refusing(four, busy(0.2), { count: 1 }), {
      concurrency: 1,
      attempts: 1,
    });
    await Promise.all(four.map((chamber) => ask(client, chamber)));
    await client.ready();
    expect(simulator.requests().byPath[probe]).toBe(1);
  });

  it('is not silenced for ever by four chambers that always ask for a wait', async () => {
    // More than the client waits: what is held fails at once.
    const { client } = await rig(refusing(four, busy(0.2)), {
      concurrency: 1,
      attempts: 1,
      maxBackOffMs: 50,
    });
    const look = async () => {
      const outcomes = await Promise.all(allChambers.map((chamber) => ask(client, chamber)));
      return outcomes.filter((outcome) => typeof outcome === 'string').length;
    };
    expect(await look()).toBeGreaterThanOrEqual(4);
    for (let again = 0; again < 2; again += 1) {
      await client.ready();
      expect(await look()).toBe(4);
    }
  });
});
