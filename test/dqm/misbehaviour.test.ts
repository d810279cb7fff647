import { describe, expect, it } from 'vitest';
import type { Rule } from '@dtdqm/simulator/server';
import type { DqmErrorCode } from '@dtdqm/worker/dqm/source';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const chamber = { wheel: -2, station: 4, sector: 13 } as const;
const histograms = 'jsonfairy/archive|api/v1/json';

interface Case {
  action: Rule['action'];
  code: DqmErrorCode;
  says: RegExp;
  requests: number;
  /** Where the other dialect has no such failure. */
  only?: 'classic' | 'new';
}

const cases: Record<string, Case> = {
  'a stall before the answer': {
    action: { do: 'stall' },
    code: 'timeout',
    says: /within 150 ms/,
    requests: 3,
  },
  'a stall in the body': {
    action: { do: 'stall', afterBytes: 99 },
    code: 'timeout',
    says: /within 150 ms/,
    requests: 3,
  },
  'a delay beyond the timeout': {
    action: { do: 'delay', ms: 5000 },
    code: 'timeout',
    says: /within/,
    requests: 3,
  },
  'a reset in the body': {
    action: { do: 'reset' },
    code: 'unreachable',
    says: /connection lost/,
    requests: 3,
  },
  'a reset before the body': {
    action: { do: 'reset', afterBytes: 0 },
    code: 'unreachable',
    says: /connection lost/,
    requests: 3,
  },
  'status 429': { action: { do: 'status', status: 429 }, code: 'overloaded', says: /429/, requests: 3 },
  'status 500': { action: { do: 'status', status: 500 }, code: 'server-error', says: /500/, requests: 3 },
  'status 503': { action: { do: 'status', status: 503 }, code: 'server-error', says: /503/, requests: 3 },
  'status 403': {
    action: { do: 'status', status: 403 },
    code: 'not-authorised',
    says: /certificate/,
    requests: 1,
  },
  'status 404 without JSON': {
    action: { do: 'status', status: 404 },
    code: 'server-error',
    says: /check the DQM URL/,
    requests: 1,
  },
  'truncated JSON': {
    action: { do: 'truncated-json' },
    code: 'invalid-json',
    says: /not all of it came/,
    requests: 3,
  },
  'no body': { action: { do: 'truncated-json', keep: 0 }, code: 'invalid-json', says: /empty/, requests: 3 },
  'invalid JSON': { action: { do: 'invalid-json' }, code: 'invalid-json', says: /not JSON/, requests: 3 },
  'an unquoted nan': {
    action: { do: 'nan', layer: 9, wire: 4 },
    code: 'wrong-shape',
    says: /layer 9 wire 4: .*nan/,
    requests: 3,
  },
  'an inf string': {
    action: { do: 'inf', layer: 2, wire: 3 },
    code: 'wrong-shape',
    says: /layer 2 wire 3: .*inf/,
    requests: 3,
  },
  'a login page': {
    action: { do: 'login-page' },
    code: 'login-page',
    says: /web page instead of data/,
    requests: 3,
  },
  'a redirect to a login host': {
    action: { do: 'redirect', to: 'https://login.example/' },
    code: 'login-page',
    says: /login\.example/,
    requests: 3,
  },
  'a redirect to a login path': {
    action: { do: 'redirect', to: '/auth/sso' },
    code: 'login-page',
    says: /login page/,
    requests: 3,
  },
  'another redirect': {
    action: { do: 'redirect', to: '/dqm/offline' },
    code: 'server-error',
    says: /\/dqm\/offline; check the DQM URL/,
    requests: 1,
  },
  'an unsupported type': {
    action: { do: 'unsupported-type' },
    code: 'absent',
    says: /no such histogram/,
    requests: 1,
    only: 'classic',
  },
  'an interrupted server': {
    action: { do: 'interrupted' },
    code: 'server-exception',
    says: /interrupted/,
    requests: 3,
  },
  'the text of an exception': {
    action: { do: 'exception' },
    code: 'server-exception',
    says: /Traceback/,
    requests: 3,
  },
  'eleven rows': {
    action: { do: 'wrong-shape' },
    code: 'wrong-shape',
    says: /must have 12 rows, has 11/,
    requests: 1,
  },
  'rows of different length (classic)': {
    action: { do: 'wrong-shape', ragged: true },
    code: 'wrong-shape',
    says: /layer 12 must be as long/,
    requests: 1,
    only: 'classic',
  },
  'too few cells (new)': {
    action: { do: 'wrong-shape', ragged: true },
    code: 'wrong-shape',
    says: /fArray must have 868 cells, has 867/,
    requests: 1,
    only: 'new',
  },
  'a missing chamber': { action: { do: 'missing' }, code: 'absent', says: /no such histogram/, requests: 1 },
  'a reply that unpacks to 64 MB': {
    action: { do: 'gzip-bomb', megabytes: 64 },
    code: 'wrong-shape',
    says: /larger than/,
    requests: 1,
  },
};

for (const dialect of ['classic', 'new'] as const) {
  describe(`the ${dialect} dialect`, () => {
    const own = Object.entries(cases).filter(([, { only }]) => only === undefined || only === dialect);

    it.each(own)(
      'names %s for what it is, with run and chamber',
      async (_, { action, code, says, requests }) => {
        const slow = action.do === 'stall' || action.do === 'delay';
        const options = { dialect, ...(slow ? { timeoutMs: 150 } : {}) };
        const { simulator, client } = await rig([{ path: histograms, action }], options);
        const fault = await faultOf(client.fetchChamber(listed, chamber));
        expect(fault.code).toBe(code);
        expect(fault.message).toMatch(says);
        expect(fault.message).toMatch(/^run 380001 W-2_St4_Sec13: [^\n]+$/);
        expect(fault).toMatchObject({ run, chamber });
        expect(simulator.requests().total).toBe(requests);
      },
    );

    it('gets the matrix once the trouble has passed', async () => {
      const troubles: Rule['action'][] = [
        { do: 'status', status: 503 },
        { do: 'reset' },
        { do: 'login-page' },
        { do: 'redirect', to: 'https://login.example/' },
        { do: 'nan', layer: 9, wire: 4 },
        { do: 'inf', layer: 2, wire: 3 },
      ];
      const rules = troubles.map((action) => ({ countPerAddress: 1, path: histograms, action }));
      const { client } = await rig(rules, { dialect, attempts: troubles.length + 1 });
      await expect(client.fetchChamber(listed, chamber)).resolves.toEqual(toyMatrix(run, chamber));
    });

    it('sees a run grow until it is complete', async () => {
      const growth = { do: 'grow', lumisections: 100, start: 50, perFetch: 25 } as const;
      const { client } = await rig([{ action: growth, path: histograms }], { dialect });
      const fetches = [];
      for (let fetch = 0; fetch < 4; fetch += 1) fetches.push(await client.fetchChamber(listed, chamber));
      const share = (part: number) =>
        toyMatrix(run, chamber).map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * part) : hits)));
      expect(fetches).toEqual([share(0.5), share(0.75), share(1), share(1)]);
    });

    it('names what is wrong with a listing', async () => {
      const { client } = await rig([{ path: 'samples', action: { do: 'login-page' } }], { dialect });
      expect(await faultOf(client.listRuns({ dataset: listed.dataset }))).toMatchObject({
        code: 'login-page',
      });
    });
  });
}

describe('a server that is not there', () => {
  it('is unreachable', async () => {
    const { simulator } = await rig();
    await simulator.close();
    const fault = await faultOf(clientOf(simulator.url).fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'unreachable' });
    expect(fault.message).toContain('connection refused');
  });
});
