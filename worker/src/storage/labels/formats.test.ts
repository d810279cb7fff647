import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv, parseCsv, parseOriginal, readRecords } from './formats.ts';

async function records(text: string, cuts: number[], quotes: boolean) {
  const bytes = Buffer.from(text);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const chunks = [0, ...ends].map((from, index) => bytes.subarray(from, ends[index] ?? bytes.length));
  const read = [];
  for await (const record of readRecords(toStream(chunks), { quotes })) read.push(record);
  return read;
}

async function* toStream(chunks: Buffer[]) {
  await Promise.resolve();
  yield* chunks;
}

const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '€') });

describe('CSV', () => {
  it('comes back as it was, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (rows, cuts) => {
          const text = rows.map((row) => formatCsv([{ ...row }], [...row.keys()].map(String))).join('');
          const read = await records(text, cuts, true);
          expect(read.map((record) => parseCsv(record.text ?? ''))).toEqual(rows);
        },
      ),
    );
  });

  it('with broken quotes is not guessed at', () => {
    expect(parseCsv('a,"b')).toBeNull();
    expect(parseCsv('"a"b,c')).toBeNull();
  });
});

describe('records', () => {
  it('are numbered by the line where they begin; empty lines, byte order mark and Windows line ends do not matter', async () => {
    expect(await records('\uFEFFa\r\n\r\n"b\nc"\nd', [], true)).toEqual([
      { line: 1, text: 'a' },
      { line: 3, text: '"b\nc"' },
      { line: 5, text: 'd' },
    ]);
  });

  it('that are too long are reported, not kept, and the next is read', async () => {
    const read = await records(`${'x'.repeat(250_000)}\nnext`, [100_000, 200_000], false);
    expect(read).toEqual([
      { line: 1, text: null },
      { line: 2, text: 'next' },
    ]);
  });
});

describe('a line of the original form', () => {
  it('is read with 1, 0, true or false', () => {
    const line = { wheel: -2, station: 4, sector: 14, run: 300000, layer: 12 };
    expect(parseOriginal('-2,4,14,300000,12,0')).toEqual({ ...line, bad: true });
    expect(parseOriginal(' -2, 4, 14, 300000, 12, True ')).toEqual({ ...line, bad: false });
  });

  it.each([
    ['1,2,3,4,5', 'must have the six fields'],
    ['3,1,1,1,1,1', 'wheel: must be one of'],
    ['0,1,13,1,1,1', 'sector: sectors 13 and 14'],
    ['0,4,1,1,5,1', 'layer: station 4 has no layer "5"'],
    ['0,1,1,0,1,1', 'run: must be a whole number'],
    ['0,1,1,1,1,yes', 'good: must be'],
    ['0,1,1,1,1,constructor', 'good: must be'],
  ])('%s is refused: %s', (line, reason) => {
    expect(parseOriginal(line)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});
