import { describe, expect, it } from 'vitest';
import { labelWriteSchema } from './label.ts';

const good = Array.from({ length: 12 }, () => 'good');
const body = { run: 1, wheel: -2, station: 1, sector: 3, verdicts: good, idempotencyKey: 'key-00001' };
const faults = (value: unknown) =>
  (labelWriteSchema.safeParse(value).error?.issues ?? []).map(({ path, message }) => [
    path.join('.'),
    message,
  ]);

describe('a label', () => {
  it('needs a chamber, twelve verdicts and a key only', () => {
    expect(labelWriteSchema.parse(body)).toMatchObject({ marks: [], note: '', blind: false, seconds: null });
  });

  it('cannot speak of layers that a station does not have', () => {
    expect(faults({ ...body, station: 4 }).map(([path]) => path)).toEqual(
      [4, 5, 6, 7].map((row) => `verdicts.${row}`),
    );
  });

  it('cannot be about nothing', () => {
    expect(faults({ ...body, verdicts: good.map(() => null) })).toEqual([
      ['verdicts', 'must say something of at least one layer'],
    ]);
  });

  it('cannot mark a layer that it calls good, nor wires backwards', () => {
    const mark = { layers: [9], kind: 'dead-region', wires: null };
    expect(faults({ ...body, marks: [mark] })[0]?.[0]).toBe('marks.0.layers');
    const verdicts = good.with(8, 'bad');
    expect(faults({ ...body, verdicts, marks: [mark] })).toEqual([]);
    expect(faults({ ...body, verdicts, marks: [{ ...mark, wires: { first: 5, last: 4 } }] })[0]?.[0]).toBe(
      'marks.0.wires.last',
    );
  });
});
