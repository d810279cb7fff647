import { noWire, type Matrix } from '@dtdqm/contract';
import { randomOf, shuffled } from '@dtdqm/contract/random';
import { median, sum } from '@dtdqm/contract/numbers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exposureOf, newWatch, watchLook, type Watch, type WatchChange } from './index.ts';
import {
  allWatched,
  countLook,
  countLooks,
  everyLayer,
  loss,
  momentOf,
  watched,
  watchLooks,
} from './looks.fixture.ts';

const chamber = { wheel: 2, station: 1, sector: 7 } as const;
const settings = { numRuns: 5, seed: 20261128, endOnFailure: true };
const seeds = fc.integer({ min: 1, max: 1e6 });
const places = ({ told }: { told: readonly WatchChange[] }) =>
  told.map(({ kind, layers, wires }) => ({ kind, layers, wires }));

describe('what is told does not depend on', () => {
  test('how many hits a look brings: luminosity by any factor, each look by its own', () => {
    const factors = (min: number) =>
      fc.array(fc.double({ min, max: 3, noNaN: true }), { minLength: 90, maxLength: 90 });
    fc.assert(
      fc.property(seeds, factors(0), (seed, luminosity) => {
        const looks = countLooks(watched(chamber, seed), 90, (look) => ({ luminosity: luminosity[look]! }));
        expect(watchLooks(looks).told).toEqual([]);
      }),
      settings,
    );
    fc.assert(
      fc.property(seeds, factors(0.3), (seed, luminosity) => {
        const looks = countLooks(watched(chamber, seed), 70, (look) => ({
          luminosity: luminosity[look]!,
          faults: look < 50 ? [] : [loss([6])],
        }));
        const { told } = watchLooks(looks);
        expect(places({ told })).toEqual([{ kind: 'trip', layers: [6], wires: null }]);
        expect(told[0]!.look).toBeGreaterThanOrEqual(50);
      }),
      settings,
    );
  });

  test('how the time is divided: of a look that is two only moments change', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const lost = (look: number) => (look < 50 ? {} : { faults: [loss([9, 10, 11, 12])] });
        const looks = countLooks(watched(chamber, seed), 80, lost);
        const random = randomOf(seed, 'split');
        const halves = looks.flatMap((counts) => {
          const first = counts.map((row) =>
            row.map((hits) => (hits === noWire ? noWire : Math.round(hits * random()))),
          );
          const second = counts.map((row, y) =>
            row.map((hits, x) => (hits === noWire ? noWire : hits - first[y]![x]!)),
          );
          return [first, second];
        });
        const [whole, divided] = [watchLooks(looks), watchLooks(halves)];
        expect(places(divided)).toEqual(places(whole));
        expect(Math.abs(divided.told[0]!.look / 2 - whole.told[0]!.look)).toBeLessThanOrEqual(2);
      }),
      settings,
    );
  });

  test('which layer of a superlayer it is: layers in another order give the same answer in that order', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomOf(seed, 'order');
        const order = [0, 4, 8].flatMap((first) => shuffled([0, 1, 2, 3], random).map((row) => first + row));
        const looks = countLooks(watched(chamber, seed), 80, (look) =>
          look < 50 ? {} : { faults: [loss([3], 0.3)] },
        );
        const permuted = looks.map((counts): Matrix => order.map((row) => counts[row]!));
        const expected = watchLooks(looks).told.map((change) => ({
          ...change,
          layers: change.layers.map((layer) => order.indexOf(layer - 1) + 1).sort((a, b) => a - b),
        }));
        const told = watchLooks(permuted).told;
        expect(places({ told })).toEqual(places({ told: expected }));
        expect(told.map(({ happened }) => happened)).toEqual(expected.map(({ happened }) => happened));
      }),
      settings,
    );
  });
});

describe('as soon as counting allows', () => {
  /** Looks until one who knows place, moment and level has 18 nats for it, by how many of the layer's hits came since: the run alone told its rate. */
  function looksByCounting(own: readonly number[], first: number, level: number): number {
    const before = sum(own.slice(0, first));
    let found = 0;
    for (let looks = 1; first + looks <= own.length; looks++) {
      found += own[first + looks - 1]!;
      const share = (since: number) => since / (first + since);
      const nats =
        found * Math.log(share(level * looks) / share(looks)) +
        before * Math.log((1 - share(level * looks)) / (1 - share(looks)));
      if (nats >= 18) return looks;
    }
    return Infinity;
  }

  test('a layer of MB3 that counts half from the second hour on is told, two looks later in the median', () => {
    const [first, row] = [160, 6];
    const late = Array.from({ length: 7 }, (_, seed) => {
      const looks = countLooks(watched({ wheel: 0, station: 3, sector: 4 }, 'half', seed), 210, (look) =>
        look < first ? {} : { faults: [loss([row + 1], 0.5)] },
      );
      const own = looks.map((counts) => sum(counts[row]!.filter((hits) => hits !== noWire)));
      const [told] = watchLooks(looks).told;
      expect(told).toMatchObject({ layers: [row + 1], wires: null });
      return told!.look - first + 1 - looksByCounting(own, first, 0.5);
    });
    expect(median(late)).toBeLessThanOrEqual(2);
  });
});

describe('a whole chamber, beside the others of the run', () => {
  const chambers = allWatched('exposure').filter((_, index) => index % 8 === 0);
  const dies = 3;

  /** Looks at all of them together; one dies. */
  function watchAll(luminosity: (look: number) => number, lost: (look: number) => number, looks = 60) {
    const watches = chambers.map((): Watch => newWatch());
    const told: (WatchChange & { index: number; look: number })[] = [];
    for (let look = 0; look < looks; look++) {
      const counts = chambers.map((each, index) =>
        countLook(each, {
          luminosity: luminosity(look),
          faults: index === dies ? [loss(everyLayer, lost(look))] : [],
        }),
      );
      const exposure = exposureOf(
        counts.map((matrix, index) => ({
          watch: watches[index]!,
          hits: matrix.flat().reduce((sum, hits) => sum + Math.max(0, hits), 0),
        })),
      );
      counts.forEach((matrix, index) => {
        const span = { from: momentOf(look), to: momentOf(look + 1) };
        const { watch, changes } = watchLook(watches[index]!, { ...span, counts: matrix, exposure });
        watches[index] = watch;
        told.push(...changes.map((change) => ({ ...change, index, look })));
      });
    }
    return told;
  }

  test('that dies and comes back is told, in two looks', () => {
    const told = watchAll(
      () => 1,
      (look) => (look >= 25 && look < 40 ? 0 : 1),
    );
    const layers = chambers[dies]!.chamber.station === 4 ? [1, 2, 3, 4, 9, 10, 11, 12] : everyLayer;
    expect(told.map(({ kind, index, wires }) => [kind, index, wires])).toEqual([
      ['trip', dies, null],
      ['recovery', dies, null],
    ]);
    expect(told[0]!.layers).toEqual(layers);
    expect(told[0]!.look).toBeLessThanOrEqual(26);
    expect(told[1]!.look).toBeLessThanOrEqual(42);
  });

  test('that counts half of its hits is told', () => {
    const told = watchAll(
      () => 1,
      (look) => (look >= 25 ? 0.5 : 1),
    );
    expect(told.map(({ kind, index }) => [kind, index])).toEqual([['trip', dies]]);
    expect(told[0]!.ratioRange.low).toBeLessThan(0.5);
    expect(told[0]!.ratioRange.high).toBeGreaterThan(0.5);
  });

  test('is not told when the beam is dumped, comes back at another luminosity, or has not been there yet', () => {
    const levels = (look: number) => (look < 10 ? 0 : look < 25 ? 1 : look < 35 ? 0 : look < 45 ? 0.2 : 2);
    expect(watchAll(levels, () => 1)).toEqual([]);
  });
});

test('half layers that had no hits in the first look, by chance, are neither noisy nor lost ever after', () => {
  for (const [seed, sector] of [1, 2, 3, 4, 5].entries()) {
    const chamber = watched({ wheel: 2, station: 1, sector }, 'empty at first', seed);
    const empty = loss([1 + seed, 12 - seed], 0, { first: 1, last: 24 });
    const looks = countLooks(chamber, 60, (look) => ({ faults: look === 0 ? [empty] : [] }));
    expect(watchLooks(looks).told, `sector ${sector}`).toEqual([]);
  }
});
