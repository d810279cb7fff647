import { describe, expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

/** A busy machine may take its time. */
const patient = { timeout: 10_000 };
const chamber = { wheel: 0, station: 1, sector: 1 } as const;

describe('a whole run', () => {
  it('takes one request a chamber, over no more connections than allowed, under our name', async () => {
    const { simulator, client } = await rig([{ action: { do: 'delay', ms: 2 } }], { concurrency: 4 });
    const matrices = await Promise.all(allChambers.map((id) => client.fetchChamber(listed, id)));
    expect(matrices).toEqual(allChambers.map((id) => toyMatrix(run, id)));
    const requests = simulator.requests();
    expect(requests.byRun[run]).toBe(250);
    expect(requests.mostAtOnce).toBeLessThanOrEqual(4);
    expect(requests.connections).toBeLessThanOrEqual(4);
    expect(requests.userAgents).toEqual([expect.stringContaining('dt-occupancy-monitor/')]);
  });

  it('survives a server that fails every request once', async () => {
    const { simulator, client } = await rig([{ countPerAddress: 1, action: { do: 'status', status: 503 } }]);
    await Promise.all(allChambers.map((id) => client.fetchChamber(listed, id)));
    expect(simulator.requests().total).toBe(500);
  });
});

describe('a server that asks for quiet', () => {
  it('is obeyed when it asks for little', async () => {
    const busy = { do: 'status', status: 429, retryAfterSeconds: 0.01 } as const;
    const { simulator, client } = await rig([{ count: 1, action: busy }], { concurrency: 1 });
    await expect(client.fetchChamber(listed, chamber)).resolves.toEqual(toyMatrix(run, chamber));
    expect(simulator.requests().total).toBe(2);
  });

  it('is left alone when it asks for more than we wait, but not for longer than five minutes', async () => {
    const busy = { do: 'status', status: 429, retryAfterSeconds: 3600 } as const;
    const { simulator, client } = await rig([{ count: 1, action: busy }]);
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({ code: 'overloaded' });
    const later = await faultOf(client.fetchChamber(listed, chamber));
    expect(later.message).toMatch(/wants to be left alone for another (300|29\d) s/);
    expect(simulator.requests().total).toBe(1);
  });
});

describe('a server that keeps failing', () => {
  it('is not asked any more, and the reason says what the last failure was', async () => {
    const rules = [{ action: { do: 'status', status: 500 } as const }];
    const { simulator, client } = await rig(rules, { circuitFailures: 10, concurrency: 2 });
    const faults = await Promise.all(allChambers.map((id) => faultOf(client.fetchChamber(listed, id))));
    expect(simulator.requests().total).toBeLessThanOrEqual(11);
    expect(faults.at(-1)).toMatchObject({ code: 'circuit-open', chamber: allChambers.at(-1) });
    expect(faults.at(-1)?.message).toMatch(/keeps failing \(last: .*status 500/);
  });

  it('is asked again after a while', async () => {
    const rules = [{ count: 2, action: { do: 'status', status: 500 } as const }];
    const { client } = await rig(rules, { circuitFailures: 2, circuitOpenMs: 1000, attempts: 1 });
    for (const code of ['server-error', 'server-error', 'circuit-open']) {
      expect((await faultOf(client.fetchChamber(listed, chamber))).code).toBe(code);
    }
    await expect
      .poll(() => client.fetchChamber(listed, chamber).catch(() => 'not yet'), patient)
      .toEqual(toyMatrix(run, chamber));
  });

  it('keeps being asked when it answers in between, if only that it has no such histogram', async () => {
    const failing = { do: 'status', status: 500 } as const;
    const { client } = await rig(
      [
        { chamber: '*_Sec1', action: failing },
        { chamber: '*_Sec2', action: { do: 'missing' } },
      ],
      { circuitFailures: 2, attempts: 1 },
    );
    for (const [sector, code] of [
      [1, 'server-error'],
      [2, 'absent'],
      [1, 'server-error'],
      [2, 'absent'],
    ] as const) {
      const fault = await faultOf(client.fetchChamber(listed, { ...chamber, sector }));
      expect(fault.code).toBe(code);
    }
  });
});

describe('stopping', () => {
  it('ends requests under way and those that wait, as cancelled', async () => {
    const { simulator, client } = await rig([{ action: { do: 'stall' } }], { concurrency: 2 });
    const stop = new AbortController();
    const fetches = allChambers
      .slice(0, 6)
      .map((id) => faultOf(client.fetchChamber(listed, id, stop.signal)));
    await expect.poll(() => simulator.requests().total, patient).toBe(2);
    stop.abort();
    expect((await Promise.all(fetches)).map(({ code }) => code)).toEqual(Array(6).fill('cancelled'));
    expect(simulator.requests().total).toBe(2);
  });

  it('ends a pause between tries when the client closes', async () => {
    const { simulator, client } = await rig([{ action: { do: 'status', status: 503 } }], {
      backOffMs: 20_000,
    });
    const fetch = faultOf(client.fetchChamber(listed, chamber));
    await expect.poll(() => simulator.requests().total, patient).toBe(1);
    await client.close();
    expect(await fetch).toMatchObject({ code: 'cancelled' });
  });
});

describe('options', () => {
  it.each([
    [{ url: 'cmsweb.cern.ch/dqm/online' }, /must begin with http/],
    [{ url: 'ftp://cmsweb.cern.ch' }, /must begin with http/],
    [{ url: 'https://me:secret@cmsweb.cern.ch' }, /must not contain a user name/],
    [{ url: 'http://localhost', concurrency: 0 }, /concurrency must be greater than 0, is 0/],
    [{ url: 'http://localhost', timeoutMs: NaN }, /timeoutMs must be greater than 0, is NaN/],
  ])('are checked: %j', (options, reason) => {
    expect(() => createDqmClient(options)).toThrow(reason);
  });

  it('may end the URL with a slash', async () => {
    const { simulator } = await rig();
    const client = clientOf(`${simulator.url}//`);
    await expect(client.fetchChamber(listed, chamber)).resolves.toHaveLength(12);
  });
});
