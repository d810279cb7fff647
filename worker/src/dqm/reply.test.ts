import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classicDialect, newDialect } from './dialects.ts';
import { refuseMultiples } from './histogram.ts';
import { DqmError } from './source.ts';
import type { Reply } from './transport.ts';

const url = 'https://dqm.example/dqm/online/x';
const reply = (text: string, rest: Partial<Reply> = {}): Reply => ({
  status: 200,
  location: undefined,
  retryAfter: undefined,
  date: undefined,
  text,
  ...rest,
});
const mb4 = { run: 5, chamber: { wheel: 0, station: 4, sector: 13 } } as const;
const mb1 = { run: 5, chamber: { wheel: 0, station: 1, sector: 1 } } as const;
const fill = (cell: unknown) => Array.from({ length: 59 }, () => cell);
const rows = (cell: (y: number) => unknown) => Array.from({ length: 12 }, (_, y) => [cell(y), ...fill(2)]);
const classic = (content: unknown, extra = '') =>
  reply(`{"hist":{"type":"TH2"${extra},"bins":{"content":${JSON.stringify(content)}}}}`);
const read = (given: Reply, subject: typeof mb1 | typeof mb4 = mb1) =>
  classicDialect.parseHistogram(given, url, subject);

describe('a histogram', () => {
  it('may have nan where nobody looks', () => {
    expect(
      read(
        classic(
          rows(() => 1),
          ',"stats":{"x":nan,"y":-inf}',
        ),
      ),
    ).toEqual(rows(() => 1));
  });

  it('is rounded to whole hits where six digits were all there was', () => {
    expect(read(classic(rows(() => 1234570.0000001)))[0]?.[0]).toBe(1234570);
  });

  it.each([
    [0.5, /layer 1 wire 1: must be a number of hits, is 0.5/],
    [null, /is null/],
    ['12', /is 12/],
    [[1], /is a list/],
    [-2, /layer 1 wire 1 must be a whole number of hits or -1, is -2/],
    [1e300, /too many/],
    [2_147_484_000, /layer 1 wire 1: 2147484000 hits are too many/],
  ])('may not hold %j', (cell, reason) => {
    expect(() => read(classic(rows(() => cell)))).toThrow(reason);
  });

  it('has no common factor, unless wires are few, all alike, or given to six digits', () => {
    const times = (factor: number, cell: (y: number, x: number) => number) => () =>
      refuseMultiples(
        rows(() => 0).map((row, y) => row.map((_, x) => factor * cell(y, x))),
        mb1,
      );
    const many = (y: number, x: number) => 5 + ((7 * x + y) % 40);
    expect(times(1, many)).not.toThrow();
    for (const factor of [2, 3, 10])
      expect(times(factor, many)).toThrow(`are all multiples of ${factor}: they were scaled`);
    expect(times(3, (y, x) => (y === 0 ? many(y, x) : 0))).not.toThrow();
    expect(times(100, () => 1)).not.toThrow();
    expect(times(1e6, many)).not.toThrow();
  });

  it('has no hits in layers that were never built, and no wires either', () => {
    expect(() => read(classic(rows(() => 3)), mb4)).toThrow(
      /layer 5 wire 1: hits in a layer that was never built/,
    );
    const empty = rows(() => 3).map((row, y) => (y >= 4 && y < 8 ? row.fill(0) : row));
    expect(read(classic(empty), mb4)[5]).toEqual([-1, ...fill(-1)]);
  });

  it.each([
    // No name, names without a chamber, and the names of the real server.
    '',
    ',"title":7,"stats":{"name":"Occupancy of all hits"}',
    ',"title":"","stats":{"name":"OccupancyAllHits_perCh_W0_St1_Sec1"}',
    ',"title":"OccupancyAllHits_perCh_W0_St1_Sec1","stats":{"entries":240.000000}',
  ])('may be called %s', (names) => {
    expect(
      read(
        classic(
          rows(() => 1),
          names,
        ),
      ),
    ).toEqual(rows(() => 1));
  });

  it.each([
    ',"title":"OccupancyAllHits_perCh_W0_St1_Sec12"',
    ',"title":"Occupancy","stats":{"name":"OccupancyAllHits_perCh_W-1_St1_Sec1"}',
    ',"title":"OccupancyAllHits_perCh_W0_St1_Sec1","stats":{"name":"x W9_St1_Sec1 y"}',
  ])('may not be called %s', (names) => {
    expect(
      codeOf(() =>
        read(
          classic(
            rows(() => 1),
            names,
          ),
        ),
      ),
    ).toBe('other-chamber');
  });

  it('has layers that can be of the station, or that are not connected', () => {
    const wide = (wires: number) => rows(() => 1).map((row) => row.map((hits, x) => (x < wires ? hits : -1)));
    const widened = wide(60).map((row) => [...row, ...fill(1)]);
    expect(read(classic(wide(47)))).toEqual(wide(47));
    expect(read(classic(wide(0)))).toEqual(wide(0));
    expect(() => read(classic(wide(20)))).toThrow(/layer 1 must have 24 to 73 wires in station 1, has 20/);
    expect(() => read(classic(widened))).toThrow(/layer 1 must have 24 to 73 wires in station 1, has 119/);
    const ofMb4 = (columns: number) =>
      widened.map((row, y) => row.slice(0, columns).map((hits) => (y >= 4 && y < 8 ? 0 : hits)));
    expect(read(classic(ofMb4(72)), mb4)).toHaveLength(12);
    expect(() => read(classic(ofMb4(119)), mb4)).toThrow(
      /layer 1 must have 36 to 108 wires in station 4 sector 13/,
    );
  });

  it.each([
    ['{"hist":"something else"}', 'wrong-shape'],
    ['{"hist":{"type":"TH1"}}', 'wrong-shape'],
    ['{"hist":{"type":"TH2"}}', 'wrong-shape'],
    ['{"error":"index is corrupt"}', 'server-exception'],
    ['"error":"JSON preparing process was interrupted."', 'server-exception'],
    ['null', 'wrong-shape'],
    ['7', 'wrong-shape'],
  ])('is not %s', (text, code) => {
    expect(codeOf(() => read(reply(text)))).toBe(code);
  });

  it('reads a Retry-After of seconds and of a date', () => {
    const wait = (retryAfter: string, date?: string) => {
      try {
        read(reply('', { status: 429, retryAfter, date }));
      } catch (fault) {
        return fault instanceof DqmError ? fault.retryAfterMs : undefined;
      }
      return undefined;
    };
    expect(wait('2')).toBe(2000);
    expect(wait(new Date(0).toUTCString())).toBe(0);
    expect(wait('soon')).toBeUndefined();
    // A day, more than a number can hold, a clock that is a day ahead.
    for (const long of ['86400', '9'.repeat(400), new Date(Date.now() + 86_400_000).toUTCString()]) {
      expect(wait(long)).toBe(5 * 60_000);
    }
    // By the server's own clock, wherever that stands.
    const at = (second: number) => new Date(Date.UTC(2031, 0, 1, 0, 0, second)).toUTCString();
    expect(wait(at(40), at(10))).toBe(30_000);
    expect(wait(at(10), at(40))).toBe(0);
    expect(wait(at(10), 'yesterday')).toBe(5 * 60_000);
  });
});

describe('whatever a server says', () => {
  const subject = mb1;
  const dialects = [classicDialect, newDialect];

  it('becomes a matrix or one of our errors, with a message of one line', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"hist":${json}}`),
    );
    const status = fc.constantFrom(200, 200, 200, 302, 401, 404, 418, 429, 500, 503);
    fc.assert(
      fc.property(anything, status, fc.constantFrom(...dialects), (text, code, dialect) => {
        try {
          dialect.parseHistogram(reply(text, { status: code }), url, subject);
        } catch (fault) {
          expect(fault).toBeInstanceOf(DqmError);
          expect((fault as Error).message).toMatch(/^run 5 W0_St1_Sec1: [^\n\r]+$/);
        }
      }),
    );
  });

  it('becomes a listing or one of our errors', () => {
    const anything = fc.oneof(
      fc.json(),
      fc.json().map((json) => `{"samples":[{"items":[${json}]}],"data":[${json}]}`),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom(...dialects), (text, dialect) => {
        try {
          for (const { run } of dialect.parseListing(reply(text), url).runs) expect(run).toBeGreaterThan(0);
        } catch (fault) {
          expect(fault).toBeInstanceOf(DqmError);
        }
      }),
    );
  });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (fault) {
    return fault instanceof DqmError ? fault.code : undefined;
  }
  return undefined;
}
