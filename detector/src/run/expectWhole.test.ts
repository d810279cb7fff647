import { allChambers, type ChamberId } from '@dtdqm/contract';
import { normal, randomOf } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import { expectFromOthers, exposureOf } from './expectWhole.ts';

/** Hits per wire that differ by wheel, station and sector, and by 6 % (sd) from chamber to chamber. */
function usual({ wheel, station, sector }: ChamberId): number {
  const random = randomOf('expect', wheel, station, sector);
  const byWheel = 1 + 0.4 * Math.abs(wheel);
  const bySector = station === 4 ? 1 + 0.7 * Math.cos(((sector - 4) * Math.PI) / 6) : 1;
  return ((100 * byWheel * bySector) / station ** 2) * Math.exp(normal(random, 0, 0.06));
}

function expectations(left: (chamber: ChamberId) => number, chambers: readonly ChamberId[] = allChambers) {
  const levels = chambers.map((chamber) => ({ chamber, level: usual(chamber) * left(chamber) }));
  const expected = expectFromOthers(levels);
  return levels.map(({ chamber, level }, index) => ({ chamber, level, expected: expected[index] }));
}

/** Expected over usual, lowest and highest. */
function range(found: ReturnType<typeof expectations>): [number, number] {
  const ratios = found.map(({ chamber, expected }) => expected!.level / usual(chamber));
  return [Math.min(...ratios), Math.max(...ratios)];
}

describe('what other chambers of a run let expect', () => {
  it('is what healthy chambers have, by wheel, station and sector', () => {
    const found = expectations(() => 1);
    const [least, most] = range(found);
    expect(least).toBeGreaterThan(0.75);
    expect(most).toBeLessThan(1.35);
    for (const { expected } of found) {
      expect(expected!.count).toBeGreaterThanOrEqual(59);
      expect(expected!.spread).toBeLessThan(0.15);
    }
  });

  it('never hangs on the chamber itself', () => {
    const one = allChambers[77]!;
    const of = (left: number) =>
      expectations((chamber) => (chamber === one ? left : 1)).find(({ chamber }) => chamber === one)!;
    expect(of(0).expected!.level).toBe(of(1).expected!.level);
    expect(of(50).expected!.level).toBe(of(1).expected!.level);
  });

  it.each([
    ['half a wheel', ({ wheel, sector }: ChamberId) => wheel === 1 && sector <= 6],
    ['a whole wheel that has a twin', ({ wheel }: ChamberId) => wheel === -2],
    ['half of every station', ({ sector }: ChamberId) => sector % 2 === 0],
    ['two wheels', ({ wheel }: ChamberId) => wheel === 1 || wheel === 2],
  ])('bears it that %s is dead', (_, isDead) => {
    const found = expectations((chamber) => (isDead(chamber) ? 0.01 : 1));
    for (const { level, expected } of found.filter(({ chamber }) => isDead(chamber))) {
      expect(level / expected!.level).toBeLessThan(0.1);
    }
    for (const { level, expected } of found.filter(({ chamber }) => !isDead(chamber))) {
      expect(level / expected!.level).toBeGreaterThan(0.5);
    }
  });

  it.each([
    ['wheel 0, which has no twin', ({ wheel }: ChamberId) => wheel === 0],
    ['both wheels of a pair', ({ wheel }: ChamberId) => Math.abs(wheel) === 2],
    ['a sector of all wheels', ({ sector }: ChamberId) => sector === 7],
  ])('bears it that %s is dead, down to a fifth of what is usual', (_, isDead) => {
    const found = expectations((chamber) => (isDead(chamber) ? 0.01 : 1));
    for (const { level, expected } of found.filter(({ chamber }) => isDead(chamber))) {
      expect(level / expected!.level).toBeLessThan(0.12);
    }
    for (const { level, expected } of found.filter(({ chamber }) => !isDead(chamber))) {
      expect(level / expected!.level).toBeGreaterThan(0.5);
    }
  });

  it('is nothing where fewer than eight others of the station are there', () => {
    const few = allChambers.filter(({ wheel, station }) => wheel === 0 && station === 1).slice(0, 9);
    expect(expectations(() => 1, few).every(({ expected }) => expected !== undefined)).toBe(true);
    expect(expectations(() => 1, few.slice(0, 8)).every(({ expected }) => expected === undefined)).toBe(true);
  });

  it('is no hit where no chamber has any', () => {
    expect(expectations(() => 0).every(({ expected }) => expected!.level === 0)).toBe(true);
  });
});

describe('how long a past run was', () => {
  it('is told by the chambers that live', () => {
    const healthy = [1.9, 1.95, 2, 2, 2, 2.05, 2.1, 2.2];
    expect(exposureOf(healthy)).toBe(2);
    expect(exposureOf([...healthy, ...new Array<number>(12).fill(200)])).toBe(2);
    expect(exposureOf(healthy.slice(1))).toBeUndefined();
  });
});
