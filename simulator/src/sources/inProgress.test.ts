import { describe, expect, it } from 'vitest';
import { allChambers, type Matrix } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { checkRunScript, lumisectionSeconds, planRun } from '../detector/index.ts';
import { RunsInProgress, SimulatedDetector, type InProgressSettings } from './index.ts';

const start = Date.UTC(2026, 4, 4);
const chamber = allChambers[7]!;
const ms = (lumisections: number) => lumisections * lumisectionSeconds * 1000;
const script = checkRunScript({ lumisections: 30 });
const hits = (matrix: Matrix | undefined) => sum((matrix ?? []).flat().filter((each) => each > 0));

function source(at: { now: number }, more: Partial<InProgressSettings> = {}) {
  const runs = [{ run: 380_011, startedAt: start, script }];
  return new RunsInProgress({ runs, now: () => at.now, ...more });
}

describe('runs in progress', () => {
  it('grow by the clock, a lumisection at a time, until they are over', () => {
    const at = { now: start - 1 };
    const growing = source(at);
    expect(growing.runs()).toEqual([]);
    expect(growing.chamber(380_011, chamber)).toBeUndefined();
    const seen = [0, 1.5, 1.9, 10, 30, 500].map((lumisections) => {
      at.now = start + ms(lumisections);
      const [run] = growing.runs();
      return [run?.lumisections, hits(growing.chamber(380_011, chamber))];
    });
    expect(seen.map(([lumisections]) => lumisections)).toEqual([0, 1, 1, 10, 30, 30]);
    expect(seen[0]![1]).toBe(0);
    expect(seen[1]).toEqual(seen[2]);
    expect(seen[3]![1]).toBeGreaterThan(seen[2]![1]!);
    expect(seen[5]).toEqual(seen[4]);
  });

  it('are the same after a restart of the server in their middle', () => {
    const at = { now: start };
    const watched = source(at);
    for (let lumisections = 0; lumisections < 20; lumisections += 3) {
      at.now = start + ms(lumisections);
      watched.chamber(380_011, chamber);
    }
    expect(watched.chamber(380_011, chamber)).toEqual(source(at).chamber(380_011, chamber));
  });

  it('follow one another, each planned once, and are listed behind those that were over before', () => {
    const at = { now: start };
    const planned: number[] = [];
    const before = new SimulatedDetector({ runs: 2, firstRun: 380_009, end: start });
    const growing = source(at, {
      before,
      next: ({ run }, overAt) => ({ run: run + 1, startedAt: overAt + 60_000, script }),
      onNext: ({ run }) => planned.push(run),
    });
    const numbers = () => growing.runs().map(({ run }) => run);
    expect(numbers()).toEqual([380_009, 380_010, 380_011]);
    at.now = start + ms(30) + 59_000;
    expect(numbers()).toEqual([380_009, 380_010, 380_011]);
    at.now += 2000;
    expect(numbers()).toEqual([380_009, 380_010, 380_011, 380_012]);
    at.now += ms(60);
    expect(numbers().at(-1)).toBe(380_013);
    expect(planned).toEqual([380_012, 380_013]);
    expect(growing.chamber(380_009, chamber)).toEqual(before.chamber(380_009, chamber));
    expect(hits(growing.chamber(380_012, chamber))).not.toBe(hits(growing.chamber(380_011, chamber)));
  });

  it('go faster where asked to: their lumisections take less time', () => {
    const at = { now: start + ms(1) };
    const fast = source(at, { speed: 10 });
    expect(fast.runs()).toEqual([
      expect.objectContaining({ lumisections: 10, lumisectionSeconds: lumisectionSeconds / 10 }),
    ]);
    const early = fast.chamber(380_011, chamber);
    at.now = start + ms(10);
    expect(early).toEqual(source(at).chamber(380_011, chamber));
  });

  it('have plots of single lumisections where these are saved: they sum up to that of the run', () => {
    const at = { now: start + ms(5) };
    expect(source(at).lumisection).toBeUndefined();
    const { lumisection, chamber: soFar } = bound(source(at, { perLumisection: true }));
    const each = [1, 2, 3, 4, 5].map((number) => hits(lumisection(380_011, chamber, number)));
    expect(sum(each)).toBe(hits(soFar(380_011, chamber)));
    expect(lumisection(380_011, chamber, 6)).toBeUndefined();
    expect(lumisection(380_011, chamber, 0)).toBeUndefined();
  });

  it('tell the truth: a half layer of MB1 trips first, at the second that was asked for, and recovers', () => {
    for (const run of [1, 2, 3]) {
      const { faults, lumisections } = planRun(1, run, { firstTrip: 400 });
      expect(faults[0]).toMatchObject({ kind: 'dead-half', from: 400, chamber: { station: 1 }, level: 0 });
      expect(faults[0]!.to).toBeLessThan(400 + 420);
      expect(faults.length).toBeGreaterThan(3);
      expect(faults.every(({ from }) => from < lumisections * lumisectionSeconds)).toBe(true);
    }
    const at = { now: start };
    expect(source(at).truth(380_011).planned).toMatchObject({ run: 380_011, startedAt: start });
    expect(() => source(at).truth(1)).toThrow('run 1');
  });

  it('refuse runs that overlap', () => {
    const runs = [0, 1].map((later) => ({ run: 5 + later, startedAt: start + later, script }));
    expect(() => new RunsInProgress({ runs })).toThrow('run 6 must come after run 5');
  });
});

function bound(growing: RunsInProgress) {
  return {
    lumisection: (...ask: Parameters<NonNullable<RunsInProgress['lumisection']>>) =>
      growing.lumisection?.(...ask),
    chamber: (...ask: Parameters<RunsInProgress['chamber']>) => growing.chamber(...ask),
  };
}
