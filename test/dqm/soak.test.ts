import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import type { Rule } from '@dtdqm/simulator/server';
import { DqmError, type DqmErrorCode } from '@dtdqm/worker/dqm/source';
import { listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

type Outcome = DqmErrorCode | 'matrix';

const attempts = 3;

/** What is done to a chamber for good, and how its fetch must end. */
const permanent: [Rule['action'] | undefined, Outcome][] = [
  [undefined, 'matrix'],
  [{ do: 'delay', ms: 5 }, 'matrix'],
  [{ do: 'reset' }, 'unreachable'],
  [{ do: 'status', status: 429, retryAfterSeconds: 0 }, 'overloaded'],
  [{ do: 'status', status: 500 }, 'server-error'],
  [{ do: 'unsupported-type' }, 'absent'],
  [{ do: 'status', status: 403 }, 'not-authorised'],
  [{ do: 'truncated-json' }, 'invalid-json'],
  [{ do: 'invalid-json' }, 'invalid-json'],
  [{ do: 'nan' }, 'wrong-shape'],
  [{ do: 'inf', layer: 12 }, 'wrong-shape'],
  [{ do: 'login-page' }, 'login-page'],
  [{ do: 'missing' }, 'absent'],
  [{ do: 'redirect', to: 'https://login.example' }, 'login-page'],
  [{ do: 'interrupted' }, 'server-exception'],
  [{ do: 'exception' }, 'server-exception'],
  [{ do: 'wrong-shape', ragged: true }, 'wrong-shape'],
  [{ do: 'gzip-bomb', megabytes: 8 }, 'wrong-shape'],
  [{ do: 'grow', start: 100 }, 'matrix'],
];

/** Passes after one request, so that a second try gets the matrix. */
const passing: Rule['action'][] = [
  { do: 'reset', afterBytes: 0 },
  { do: 'status', status: 503, retryAfterSeconds: 0 },
  { do: 'truncated-json', keep: 0 },
  { do: 'interrupted' },
];

function plan(chambers: readonly ChamberId[]): { rules: Rule[]; expected: Outcome[] } {
  const rules: Rule[] = [];
  const expected = chambers.map((id, index): Outcome => {
    const kinds = permanent.length + passing.length;
    const [action, outcome] = permanent[index % kinds] ?? [
      passing[(index % kinds) - permanent.length],
      'matrix',
    ];
    const once = index % kinds >= permanent.length;
    if (action) rules.push({ chamber: formatChamber(id), action, ...(once ? { countPerAddress: 1 } : {}) });
    return outcome as Outcome;
  });
  // Two chambers that never answer; more would only take longer.
  for (const index of [0, permanent.length + passing.length]) {
    const id = chambers[index];
    if (!id) continue;
    rules.push({ chamber: formatChamber(id), action: { do: 'stall' } });
    expected[index] = 'timeout';
  }
  return { rules, expected };
}

describe('200 chambers, each with a trouble of its own', () => {
  it('all end with their true reason, and none is asked for more often than allowed', async () => {
    const chambers = allChambers.slice(0, 200);
    const { rules, expected } = plan(chambers);
    const { simulator, client } = await rig(rules, { attempts, timeoutMs: 3000 });
    const outcomes = await Promise.all(
      chambers.map(async (id): Promise<Outcome> => {
        try {
          expect(await client.fetchChamber(listed, id)).toEqual(toyMatrix(run, id));
          return 'matrix';
        } catch (fault) {
          if (!(fault instanceof DqmError)) throw fault;
          expect(fault.message).toContain(`run ${run} ${formatChamber(id)}: `);
          return fault.code;
        }
      }),
    );
    expect(outcomes).toEqual(expected);
    const { byPath, total } = simulator.requests();
    expect(Object.keys(byPath)).toHaveLength(200);
    expect(Math.max(...Object.values(byPath))).toBe(attempts);
    expect(total).toBeLessThan(200 * attempts);
  });
});

describe('a server that fails one request in three, in all ways at once', () => {
  it('gives every chamber in the end, with a few more tries', async () => {
    const rules = passing.map((action): Rule => ({ action, probability: 0.1 }));
    const { simulator, client } = await rig(rules, { attempts: 12 });
    const matrices = await Promise.all(allChambers.map((id) => client.fetchChamber(listed, id)));
    expect(matrices).toEqual(allChambers.map((id) => toyMatrix(run, id)));
    expect(simulator.requests().total).toBeGreaterThan(300);
    expect(Math.max(...Object.values(simulator.requests().byPath))).toBeLessThanOrEqual(12);
  });
});
