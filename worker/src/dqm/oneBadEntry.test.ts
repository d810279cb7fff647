import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChamberId, type Matrix, allChambers, formatChamber, layersOf, mb4Wires } from '@dtdqm/contract';
import { type Dialect, classicDialect, newDialect } from './dialects.ts';
import { DqmError } from './source.ts';
import type { Reply } from './transport.ts';

/** One bad entry spoils itself: whatever stands between good ones, they come out, in their order, and nothing else throws. */
const url = 'https://dqm.example/dqm/online/x';
const reply = (text: string): Reply => ({
  status: 200,
  location: undefined,
  retryAfter: undefined,
  date: undefined,
  text,
});

const number = fc.oneof(fc.integer({ min: 1, max: 400_000 }), fc.constantFrom(1, 2_147_483_647));
const dataset = fc.constantFrom('/Global/Online/ALL', 'Global/Online/ALL', '/Cosmics/Run2026/DQMIO', '');
/** An entry of a run, in any form that servers give, and what it says. */
const good = fc
  .tuple(
    number,
    dataset,
    fc.boolean(),
    fc.dictionary(fc.constantFrom('lumi', 'type', 'version', 'x'), fc.jsonValue()),
  )
  .map(([run, name, asText, more]) => ({
    entry: { ...more, run: asText ? String(run) : run, dataset: name },
    says: { run, dataset: name.replace(/^\//, '') },
  }));
const noNumber = fc.jsonValue().filter((value) => !isRunNumber(value));
const noText = fc.jsonValue().filter((value) => typeof value !== 'string');
/** Whatever is no entry of a run: any JSON, and entries of which one field is wrong or missing. */
const bad = fc
  .oneof(
    fc.jsonValue().filter((value) => !isRun(value)),
    fc.record({ run: noNumber, dataset }),
    fc.record({ run: number, dataset: noText }),
    fc.record({ run: number }),
    fc.record({ dataset }),
  )
  .map((entry) => ({ entry, says: null }));

function isRunNumber(value: unknown): boolean {
  const parsed = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return Number.isInteger(parsed) && Number(parsed) >= 1 && Number(parsed) <= 2_147_483_647;
}

function isRun(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { run, dataset: name } = value as Record<string, unknown>;
  return isRunNumber(run) && typeof name === 'string';
}

describe('a listing with anything between its runs', () => {
  const entries = fc.array(fc.oneof(good, bad), { maxLength: 30 });
  const numRuns = 1000;

  it('gives all of them and counts the rest, in the new dialect', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const text = JSON.stringify({ data: list.map(({ entry }) => entry) });
        expectGood(newDialect, text, list);
      }),
      { numRuns },
    );
  });

  it('gives all of them and counts the rest, in the classic dialect, whatever stands in the place of a group', () => {
    const noGroup = fc.jsonValue().filter((value) => !hasItems(value));
    const group = fc.oneof(
      {
        weight: 3,
        arbitrary: entries.map((list) => ({
          group: { type: 'online_data', items: list.map(({ entry }) => entry) },
          list,
        })),
      },
      {
        weight: 1,
        arbitrary: noGroup.map((value) => ({ group: value, list: [{ entry: value, says: null }] })),
      },
    );
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), (groups) => {
        const text = JSON.stringify({ samples: groups.map(({ group: each }) => each) });
        expectGood(
          classicDialect,
          text,
          groups.flatMap(({ list }) => list),
        );
      }),
      { numRuns },
    );
  });
});

const hasItems = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.hasOwn(value, 'items') &&
  Array.isArray((value as { items: unknown }).items);

function expectGood(dialect: Dialect, text: string, list: readonly { says: object | null }[]): void {
  const runs = list.flatMap(({ says }) => says ?? []);
  const odd = list.length - runs.length;
  // Nothing but what is none would pass for an empty listing.
  if (runs.length === 0 && odd > 0) {
    expect(() => dialect.parseListing(reply(text), url)).toThrow(DqmError);
    return;
  }
  const listing = dialect.parseListing(reply(text), url);
  expect(listing.runs).toEqual(runs);
  expect(listing.odd).toHaveLength(odd);
  for (const reason of listing.odd) expect(reason).toMatch(/^listing of runs: [^\n]+$/);
}

/** Of a chamber: hits that tell wires apart. */
function matrixOf({ station, sector }: ChamberId): Matrix {
  const width = station === 4 ? mb4Wires[sector]! : 59;
  return Array.from({ length: 12 }, (_, y) =>
    Array.from({ length: width }, (_, x) => (layersOf(station).includes(y + 1) ? 100 * y + x : -1)),
  );
}

const named = (chamber: ChamberId) => `OccupancyAllHits_perCh_${formatChamber(chamber)}`;

/** The reply of a classic server, and of a new one, as far as anything reads them. */
const histogramOf = {
  classic: (chamber: ChamberId): object => ({
    hist: {
      type: 'TH2',
      title: named(chamber),
      stats: { name: named(chamber), entries: 240 },
      bins: { integral: [[1]], content: matrixOf(chamber) },
    },
  }),
  new: (chamber: ChamberId): object => {
    const rows = matrixOf(chamber).map((row) => [0, ...row, 0]);
    const frame = rows[0]!.map(() => 0);
    return {
      _typename: 'TH2F',
      fName: named(chamber),
      fTitle: named(chamber),
      fXaxis: { fNbins: frame.length - 2 },
      fYaxis: { fNbins: 12 },
      fArray: [frame, ...rows, frame].flat(),
    };
  },
};

/** A copy in which one part, counted through from the whole to single cells, is another value, or is not there. */
function damaged(whole: object, place: number, value: unknown): unknown {
  const copy = structuredClone({ whole });
  const parts: [parent: Record<string, unknown>, key: string][] = [];
  const collect = (parent: object) => {
    // Of a list the first few stand for all; there are 700 cells.
    for (const key of Object.keys(parent).slice(0, 8)) {
      parts.push([parent as Record<string, unknown>, key]);
      const child = (parent as Record<string, unknown>)[key];
      if (typeof child === 'object' && child !== null) collect(child);
    }
  };
  collect(copy);
  const [parent, key] = parts[place % parts.length]!;
  if (value === undefined && parent !== copy && !Array.isArray(parent)) delete parent[key];
  else parent[key] = value ?? null;
  return copy.whole;
}

describe('a histogram with anything in the place of one of its parts', () => {
  const damage = fc.tuple(fc.nat(), fc.option(fc.jsonValue(), { nil: undefined }));

  it.each([classicDialect, newDialect])('is a matrix, or refused by its name: $name', (dialect) => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...allChambers), damage, (chamber, [place, value]) => {
        const text = JSON.stringify(damaged(histogramOf[dialect.name](chamber), place, value));
        let read: Matrix;
        try {
          read = dialect.parseHistogram(reply(text), url, { run: 5, chamber });
        } catch (fault) {
          refused += 1;
          expect(fault).toBeInstanceOf(DqmError);
          expect(fault).toMatchObject({ run: 5, chamber });
          return;
        }
        expect(read).toHaveLength(12);
        const isRow = (row: number[]) =>
          row.length === read[0]!.length && row.every((hits) => Number.isInteger(hits) && hits >= -1);
        expect(read.every(isRow)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(300);
  });

  it.each([classicDialect, newDialect])('is read when nothing is: $name', (dialect) => {
    for (const chamber of allChambers.slice(0, 60)) {
      const text = JSON.stringify(histogramOf[dialect.name](chamber));
      expect(dialect.parseHistogram(reply(text), url, { run: 5, chamber })).toEqual(matrixOf(chamber));
    }
  });
});
