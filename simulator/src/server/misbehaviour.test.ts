import { describe, expect, it } from 'vitest';
import { Misbehaviour } from './misbehaviour.ts';

const nowhere = { run: undefined, chamber: undefined };
const chamber = (run: number, key: string) => ({ run, chamber: key });

describe('Misbehaviour', () => {
  it('hits the run, chambers and paths that a rule names, and no other', () => {
    const rules = new Misbehaviour(1, [
      { run: 5, chamber: 'W-2_St*_Sec3', path: 'archive', action: { do: 'missing' } },
    ]);
    const hit = (address: string, run: number, key: string) =>
      rules.decide(address, chamber(run, key)).length;
    expect(hit('/archive/a', 5, 'W-2_St4_Sec3')).toBe(1);
    expect(hit('/archive/b', 6, 'W-2_St4_Sec3')).toBe(0);
    expect(hit('/archive/c', 5, 'W-2_St4_Sec13')).toBe(0);
    expect(hit('/json/d', 5, 'W-2_St4_Sec3')).toBe(0);
    expect(rules.decide('/archive/listing', nowhere)).toEqual([]);
  });

  it('stops after a count, in all or for each address', () => {
    const all = new Misbehaviour(1, [{ count: 2, action: { do: 'login-page' } }]);
    expect(['/a', '/b', '/c'].map((address) => all.decide(address, nowhere).length)).toEqual([1, 1, 0]);
    const each = new Misbehaviour(1, [{ countPerAddress: 1, action: { do: 'login-page' } }]);
    expect(['/a', '/b', '/a', '/b'].map((address) => each.decide(address, nowhere).length)).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it('draws the same lots from the same seed, whatever the order of addresses', () => {
    const rule = { probability: 0.5, action: { do: 'exception' } } as const;
    const addresses = Array.from({ length: 200 }, (_, index) => `/${index}`);
    const lots = (seed: number, order: string[]) => {
      const rules = new Misbehaviour(seed, [rule]);
      return new Set(order.filter((address) => rules.decide(address, nowhere).length > 0));
    };
    const first = lots(7, addresses);
    expect(lots(7, [...addresses].reverse())).toEqual(first);
    expect(lots(8, addresses)).not.toEqual(first);
    expect(first.size).toBeGreaterThan(60);
    expect(first.size).toBeLessThan(140);
  });

  it('lets a delay go on to the next rule, but nothing after an answer is settled', () => {
    const rules = new Misbehaviour(1, [
      { action: { do: 'delay', ms: 1 } },
      { action: { do: 'status', status: 503 } },
      { action: { do: 'reset' } },
    ]);
    expect(rules.decide('/a', nowhere).map(({ action }) => action.do)).toEqual(['delay', 'status']);
  });

  it('names what is wrong with a rule and keeps the rules in force', () => {
    const rules = new Misbehaviour(1, [{ action: { do: 'missing' } }]);
    expect(() => rules.replace([{ action: { do: 'status', status: 200 } }])).toThrow(/0\.action\.status/);
    expect(() => rules.replace([{ path: '(', action: { do: 'missing' } }])).toThrow(
      /0\.path must be a regular|0\.path: must be/,
    );
    expect(() => rules.replace([{ chambre: 'W0', action: { do: 'missing' } }])).toThrow(/chambre/);
    expect(rules.rules).toHaveLength(1);
  });
});
