import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber } from '@dtdqm/contract';
import { SimulatedDetector } from './simulated.ts';

describe('the simulated detector', () => {
  it('gives the same bytes for the same seed, in any order of asking', () => {
    const [one, other] = [new SimulatedDetector({ seed: 7 }), new SimulatedDetector({ seed: 7 })];
    const [a, b] = [allChambers[3]!, allChambers[200]!];
    const first = [one.chamber(380002, a), one.chamber(380005, b)];
    const second = [other.chamber(380005, b), other.chamber(380002, a)].reverse();
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
    expect(new SimulatedDetector({ seed: 8 }).chamber(380002, a)).not.toEqual(first[0]);
  });

  it('keeps a fault for some runs and heals it', () => {
    const detector = new SimulatedDetector({ seed: 1, runs: 30, faultRate: 0.01 });
    const lives = new Map<string, number[]>();
    for (const { run } of detector.runs()) {
      for (const { chamber } of detector.truth(run)) {
        const key = formatChamber(chamber);
        lives.set(key, [...(lives.get(key) ?? []), run]);
      }
    }
    expect(lives.size).toBeGreaterThan(20);
    expect([...lives.values()].some((runs) => runs.length > 3)).toBe(true);
    expect([...lives.values()].every((runs) => runs.length < 30)).toBe(false);
    expect([...lives.values()].some((runs) => runs.at(-1)! < 380030)).toBe(true);
  });

  it('shows dead layers where the truth says so', () => {
    const detector = new SimulatedDetector({ seed: 3, runs: 10, faultRate: 0.02 });
    let seen = 0;
    for (const { run } of detector.runs()) {
      for (const { chamber, faults, badLayers } of detector.truth(run)) {
        const dead = faults.find(({ kind, level }) => kind === 'dead-layer' && level === 0);
        if (!dead) continue;
        seen += 1;
        expect(badLayers).toEqual(expect.arrayContaining([...dead.layers]));
        for (const layer of dead.layers) {
          expect(detector.chamber(run, chamber)![layer - 1]!.every((hits) => hits <= 0)).toBe(true);
        }
      }
    }
    expect(seen).toBeGreaterThan(3);
  });

  it('has runs that began one after the other, with pauses of minutes and of hours, the last over before the end', () => {
    const end = Date.UTC(2026, 4, 4);
    const runs = new SimulatedDetector({ seed: 5, runs: 40, end }).runs();
    const spans = runs.map(({ startedAt = NaN, lumisections }) => ({
      from: startedAt,
      to: startedAt + lumisections * 23_300,
    }));
    const pauses = spans.map(({ to }, run) => ((spans[run + 1]?.from ?? end) - to) / 60_000);
    expect(Math.min(...pauses)).toBeGreaterThan(1);
    expect(pauses.filter((minutes) => minutes >= 60).length).toBeGreaterThan(3);
    expect(pauses.filter((minutes) => minutes <= 20).length).toBeGreaterThan(10);
    const hours = spans.map(({ from, to }) => (to - from) / 3_600_000);
    expect(Math.max(...hours)).toBeGreaterThan(1);
    expect(Math.max(...hours)).toBeLessThan(12);
  });

  it('knows no run that it has not', () => {
    const detector = new SimulatedDetector({ seed: 1, runs: 2 });
    expect(detector.chamber(1, allChambers[0]!)).toBeUndefined();
    expect(() => detector.truth(1)).toThrow('run 1');
  });
});
