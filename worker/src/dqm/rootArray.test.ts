import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber, layersOf, noWire } from '@dtdqm/contract';
import { newDialect } from './dialects.ts';
import { rootArray } from './rootArray.ts';
import type { Reply } from './transport.ts';

/** Packs as ROOT does: runs of equal values counted, zeros left out. */
function pack(cells: readonly number[]): object {
  const packed: Record<string, unknown> = { $arr: 'Float32', len: cells.length };
  let runs = 0;
  for (let start = 0; start < cells.length;) {
    let end = start;
    while (end < cells.length && cells[end] === cells[start]) end += 1;
    if (cells[start] !== 0) {
      const suffix = runs === 0 ? '' : String(runs);
      packed[`p${suffix}`] = start;
      packed[`v${suffix}`] = cells[start];
      if (end - start > 1) packed[`n${suffix}`] = end - start;
      runs += 1;
    }
    start = end;
  }
  return packed;
}

describe('rootArray', () => {
  it('unpacks what was packed', () => {
    const cells = fc.array(fc.constantFrom(0, 0, 0, -1, 7, 1e6), { maxLength: 80 });
    fc.assert(
      fc.property(cells, (values) => {
        expect(rootArray(pack(values))).toEqual(values);
      }),
    );
  });

  it('continues after the run before when no position is given, and takes lists of values', () => {
    expect(rootArray({ $arr: 'Float32', len: 7, p: 1, v: [1, 2], v1: 5, n1: 2 })).toEqual([
      0, 1, 2, 5, 5, 0, 0,
    ]);
  });

  it.each([
    ['text', 'cells'],
    ['an object of another kind', { len: 3 }],
    ['a length beyond reason', { $arr: 'Float32', len: 1e9, v: 1, n: 1e9 }],
    ['a negative position', { $arr: 'Float32', len: 3, p: -1, v: 1 }],
    ['parts that overlap', { $arr: 'Float32', len: 3, p: 0, v: 1, n: 3, p1: 0, v1: 1, n1: 3 }],
    ['more cells than the length', { $arr: 'Float32', len: 3, p: 2, v: [1, 2] }],
    ['members that are not known', { $arr: 'Float32', len: 3, p: 0, v: 1, z: 'AAAA' }],
    ['a part that nothing leads to', { $arr: 'Float32', len: 3, v: 1, p2: 1, v2: 7 }],
    ['a position without values', { $arr: 'Float32', len: 3, p: 1 }],
    ['bytes of a type that is not known', { $arr: 'Float16', len: 2, b: 'AAAAAA==' }],
    ['bytes and runs at once', { $arr: 'Int8', len: 2, b: 'AQI=', v: 1 }],
    ['bytes that end amid a cell', { $arr: 'Int16', len: 2, b: 'AQIC' }],
    ['bytes from amid a cell on', { $arr: 'Int16', len: 2, o: 1, b: 'AQI=' }],
    ['more bytes than cells', { $arr: 'Int16', len: 1, b: 'AQICAw==' }],
    ['what is no base64', { $arr: 'Int8', len: 9, b: 'A*I=' }],
    ['base64 that was cut', { $arr: 'Int8', len: 9, b: 'AQI' }],
  ])('refuses %s', (_, value) => {
    expect(rootArray(value)).toBeUndefined();
  });
});

const types = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;
type CellType = (typeof types)[number];

/** As ROOT does: the bytes from the first to the last cell that is not 0; few zeros at the beginning are not left out. */
function inBase64(type: CellType, cells: readonly number[]): object {
  const size = type.BYTES_PER_ELEMENT;
  let first = cells.findIndex((cell) => cell !== 0);
  const end = cells.findLastIndex((cell) => cell !== 0) + 1;
  if (first * size < 5) first = 0;
  const bytes = Buffer.from(type.from(cells).buffer).subarray(first * size, end * size);
  return {
    $arr: type.name.replace('Array', ''),
    len: cells.length,
    ...(first > 0 && { o: first * size }),
    b: end === 0 ? '' : bytes.toString('base64'),
  };
}

describe('an array in base64', () => {
  it.each(types)('of %o gives its cells', (type) => {
    const signed = type.name.startsWith('U') ? [] : [-1];
    const cell = fc.constantFrom(0, 0, 0, 1, 7, 120, ...signed);
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 60 }), (cells) => {
        expect(rootArray(inBase64(type, cells))).toEqual(cells);
      }),
    );
  });

  it('gives the bytes of a known one', () => {
    // 0, 0, 1, 2.5 and 0 as ROOT 6 writes them.
    expect(rootArray({ $arr: 'Float32', len: 5, o: 8, b: 'AACAPwAAIEA=' })).toEqual([0, 0, 1, 2.5, 0]);
    expect(rootArray({ $arr: 'Int64', len: 2, b: 'BwAAAAAAAAD//////////w==' })).toEqual([7, -1]);
  });
});

/** A histogram of the new server, whatever its cells are stored as. */
describe('a histogram of ROOT', () => {
  const run = 380_001;
  const wiresOf = (station: number) => ({ 1: 49, 2: 60, 3: 72, 4: 96 })[station]!;
  const chamber = { wheel: -1, station: 1, sector: 2 } as const;
  const matrix = Array.from({ length: 12 }, (_, y) =>
    Array.from({ length: wiresOf(1) }, (_, x) => (y % 4 === 3 && x === 0 ? noWire : (x * 7 + y) % 90)),
  );
  const frame = (rows: readonly (readonly number[])[]) => {
    const edge = rows[0]!.map(() => 0);
    return [edge, ...rows, edge].flatMap((row) => [0, ...row, 0]);
  };
  const reply = (fArray: unknown, rest: object = {}, width = wiresOf(1), id: object = chamber): Reply => ({
    status: 200,
    location: undefined,
    retryAfter: undefined,
    date: undefined,
    text: JSON.stringify({
      _typename: 'TH2F',
      fName: `OccupancyAllHits_perCh_${formatChamber(id as typeof chamber)}`,
      fTitle: 'Occupancy',
      fXaxis: { _typename: 'TAxis', fNbins: width, fXmin: 1, fXmax: width + 1 },
      fYaxis: { _typename: 'TAxis', fNbins: 12, fXmin: 0, fXmax: 12 },
      fArray,
      ...rest,
    }),
  });
  const read = (given: Reply, subject: object = { run, chamber }) =>
    newDialect.parseHistogram(given, 'https://dqm.example/api/v1/json/x', subject);

  it.each([
    ['TH2C', Int8Array],
    ['TH2S', Int16Array],
    ['TH2I', Int32Array],
    ['TH2F', Float32Array],
    ['TH2D', Float64Array],
  ] as const)('%s has the same hits as a list, packed, and in base64', (_typename, type) => {
    const cells = frame(matrix);
    for (const array of [cells, pack(cells), inBase64(type, cells)]) {
      expect(read(reply(array, { _typename }))).toEqual(matrix);
    }
  });

  it.each([
    [
      'of bytes in another form',
      { fArray: { $arr: 'Float32', len: 14 * 51, gz: 'H4sI' } },
      /fArray must have 714 cells, has them in a form that is not known/,
    ],
    ['without cells', { fArray: undefined }, /fArray must have 714 cells, has none/],
    [
      'of fractions',
      { fArray: frame(matrix.map((row) => row.map((hits) => hits / 2))) },
      /layer 1 wire 2: must be a number of hits, is 3.5/,
    ],
    [
      'scaled to whole numbers',
      {
        fArray: frame(matrix.map((row) => row.map((hits) => hits * 3))),
        fSumw2: frame(matrix.map((row) => row.map((hits) => hits * 9))),
      },
      /contents must be numbers of hits, are scaled by about 3/,
    ],
    [
      'scaled and cut to whole numbers, by its own sums',
      {
        fArray: frame(matrix.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits / 2) : hits)))),
        ...{ fTsumw: 13_000, fTsumw2: 6500 },
      },
      /contents must be numbers of hits, are scaled by about 0.5/,
    ],
    [
      'scaled by a half more and cut, by its own sums',
      {
        fArray: frame(matrix.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * 1.5) : hits)))),
        ...{ fTsumw: 39_000, fTsumw2: 58_500 },
      },
      /contents must be numbers of hits, are scaled by about 1.5/,
    ],
    [
      'in halves of wires',
      { fXaxis: { fNbins: 49, fXmin: 1, fXmax: 25.5 } },
      /a column must be one wire, is 0.5 wires/,
    ],
    [
      'in pairs of wires',
      { fXaxis: { fNbins: 49, fXmin: 1, fXmax: 99 } },
      /a column must be one wire, is 2 wires/,
    ],
    [
      'that begins elsewhere',
      { fXaxis: { fNbins: 49, fXmin: 3, fXmax: 52 } },
      /the columns must begin at wire 1, begin at 3/,
    ],
    [
      'of another run',
      { fTitle: 'Occupancy, Run 379999' },
      /the reply is of run 379999, asked for run 380001/,
    ],
    [
      'of another chamber in words',
      { fTitle: 'Wheel -1 Station 1 Sector 12' },
      /the reply is of Wheel -1 Station 1 Sector 12, asked for W-1_St1_Sec2/,
    ],
    ['of profiles', { _typename: 'TProfile2D' }, /must be a TH2 histogram, is TProfile2D/],
  ])('%s is refused by name', (_, change, says) => {
    expect(() => read(reply(frame(matrix), change))).toThrow(says);
  });

  it('that was filled without weights is no scaled one, nor is one of which no squares were kept', () => {
    const squares = frame(matrix.map((row) => row.map((hits) => Math.max(0, hits))));
    for (const fSumw2 of [squares, [], squares.map(() => 0), { $arr: 'Float64', len: 0 }]) {
      expect(read(reply(frame(matrix), { fSumw2 }))).toEqual(matrix);
    }
  });

  it('whose sums count cells without wires as -1, as those of merged files do, is no scaled one', () => {
    const without = matrix.flat().filter((hits) => hits === noWire).length;
    for (const [fTsumw, fTsumw2] of [
      ...[
        [26_000, 26_000],
        [26_000 - without, 26_000 + without],
        // Set by hand: nothing is known.
        [0, 0],
        [0, 26_000],
      ],
    ]) {
      expect(read(reply(frame(matrix), { fTsumw, fTsumw2 }))).toEqual(matrix);
    }
  });

  it('of the run and the chamber that were asked for may say so', () => {
    expect(read(reply(frame(matrix), { fTitle: `Run ${run}: Wheel -1, Station 1, Sector 2` }))).toEqual(
      matrix,
    );
  });

  it('with twice the columns is refused for every chamber, and taken with those that it has', () => {
    for (const id of allChambers) {
      const wires =
        id.station === 4
          ? ({ 9: 48, 11: 48, 10: 60, 14: 60, 4: 72, 13: 72, 8: 92, 12: 92 }[id.sector] ?? 96)
          : wiresOf(id.station);
      const rows = (empty: number) =>
        Array.from({ length: 12 }, (_, y) =>
          Array.from({ length: wires + empty }, (_, x) =>
            layersOf(id.station).includes(y + 1) && x < wires ? 5 : 0,
          ),
        );
      expect(() => read(reply(frame(rows(wires)), {}, 2 * wires, id), { run, chamber: id })).toThrow(
        /layer 1 must have \d+ to \d+ wires in station/,
      );
      // Fewer theta wires than phi ones stand beside -1.
      const real = rows(0).map((row, y) =>
        y >= 4 && y < 8 ? row.map((hits, x) => (x < 57 ? hits : noWire)) : row,
      );
      expect(read(reply(frame(real), {}, wires, id), { run, chamber: id })).toHaveLength(12);
    }
  });
});
