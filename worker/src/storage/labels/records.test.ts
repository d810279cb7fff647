import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delimiterOf, formatCsv, parseCsv, readRecords } from './records.ts';

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
          const text = formatCsv(rows);
          const read = await records(text, cuts, true);
          expect(read.map((record) => ('text' in record ? parseCsv(record.text) : record))).toEqual(
            // What begins so is a formula to sheets.
            rows.map((row) => row.map((text) => (text.startsWith('\r') ? `'${text}` : text))),
          );
        },
      ),
    );
  });

  it.each([
    ['a,b;c,d', ','],
    ['a;b;c,d', ';'],
    ['a\tb\tc', '\t'],
    ['"a;b;c",d', ','],
    ['a', ','],
  ])('is cut by what its first record is cut by: %j', (record, delimiter) => {
    expect(delimiterOf(record)).toBe(delimiter);
  });

  it('holds no formula, and leaves numbers alone', () => {
    const cells = ['=1+1', '+a', '-b', '@c', '\td', 'a=b', -2, ''];
    expect(formatCsv([cells])).toBe(`'=1+1,'+a,'-b,'@c,'\td,a=b,-2,\n`);
    expect(formatCsv([['=HYPERLINK("http://x";"a")']])).toBe(`"'=HYPERLINK(""http://x"";""a"")"\n`);
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

  it('end as on a Mac of old, mixed with other ends, wherever the stream is cut', async () => {
    const text = 'wheel;run\r0;"a\rb\r\nc"\r\r1;2\r\n3;4\n5;6\r';
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(await records(text, [cut], true)).toEqual([
        { line: 1, text: 'wheel;run' },
        { line: 2, text: '0;"a\rb\r\nc"' },
        { line: 6, text: '1;2' },
        { line: 7, text: '3;4' },
        { line: 8, text: '5;6' },
      ]);
    }
  });

  it.each(['utf16le', 'utf16be', 'utf16le without mark', 'utf16be without mark'])(
    'in %s are read, wherever the stream is cut',
    async (encoding) => {
      const text = `${encoding.includes('without') ? '' : '\uFEFF'}wheel;run\r\n0;"é\n€𝒳"\r\n`;
      const bytes = Buffer.from(text, 'utf16le');
      if (encoding.startsWith('utf16be')) bytes.swap16();
      for (const size of [1, 2, 3, 7, 1000]) {
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const read = [];
        for await (const record of readRecords(toStream(chunks), { quotes: true })) read.push(record);
        expect(read).toEqual([
          { line: 1, text: 'wheel;run' },
          { line: 2, text: '0;"é\n€𝒳"' },
        ]);
      }
    },
  );

  it('that are too long are reported, not kept, and the next is read', async () => {
    const read = await records(`${'x'.repeat(250_000)}\nnext`, [100_000, 200_000], false);
    expect(read).toEqual([
      { line: 1, reason: 'is too long' },
      { line: 2, text: 'next' },
    ]);
  });
});

describe('a stream that is cut into records', () => {
  it('may hold line ends in quotes, which JSON lines do not', async () => {
    expect(await records('"a\nb"\nc\n', [], false)).toEqual([
      { line: 1, text: '"a' },
      { line: 2, text: 'b"' },
      { line: 3, text: 'c' },
    ]);
  });

  it('may be cut within a character, and loses the line alone that is no UTF-8', async () => {
    expect(await records('é€\n', [1, 3], true)).toEqual([{ line: 1, text: 'é€' }]);
    const read = [];
    const bytes = Buffer.concat([Buffer.from('é\n'), Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('"b')]);
    for await (const record of readRecords(toStream([bytes]), { quotes: true })) read.push(record);
    expect(read).toEqual([
      { line: 1, text: 'é' },
      { line: 2, reason: 'is not UTF-8' },
      { line: 3, text: '"b' },
    ]);
  });

  it('gives records up to 100,000 characters, also in quotes, and goes on behind a longer one', async () => {
    const most = 'x'.repeat(100_000);
    expect(await records(`${most}\n`, [], false)).toEqual([{ line: 1, text: most }]);
    expect(await records(`${most}x\n`, [50_000], false)).toEqual([{ line: 1, reason: 'is too long' }]);
    expect(await records(`"${most}\nstill\n`, [], true)).toEqual([
      { line: 1, reason: 'is too long' },
      { line: 2, text: 'still' },
    ]);
  });

  it('may come as text, and end without a line end', async () => {
    async function* texts() {
      await Promise.resolve();
      yield 'a\n\n';
      yield 'b';
    }
    const read = [];
    for await (const record of readRecords(texts(), { quotes: true })) read.push(record);
    expect(read).toEqual([
      { line: 1, text: 'a' },
      { line: 3, text: 'b' },
    ]);
  });
});
