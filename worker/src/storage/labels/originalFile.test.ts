import { describe, expect, it } from 'vitest';
import { type OriginalForm, originalHeader, originalReader } from './originalFile.ts';

/** Reads one line below a header, or without one. */
const read = (line: string, header: string | null = originalHeader, form: OriginalForm = {}) =>
  originalReader(header ?? line, form).read(line);
const place = { wheel: -2, station: 4, sector: 14, run: 300000, layer: 12 } as const;

describe('a line of the original form', () => {
  it('is read with 1, 0, true or false', () => {
    expect(read('-2,4,14,300000,12,0')).toEqual({ ...place, bad: true });
    expect(read(' -2, 4, 14, 300000, 12, True ')).toEqual({ ...place, bad: false });
    expect(read('-2,4,14,300000,12,FALSE')).toEqual({ ...place, bad: true });
  });

  it.each([
    ['1,2,3,4,5', 'must have the 6 fields of the header'],
    ['0,1,1,1,1,1,1', 'must have the 6 fields'],
    ['0,1,1,1,1,"1', 'must have the 6 fields'],
    ['3,1,1,1,1,1', 'wheel: must be one of'],
    ['0,1,13,1,1,1', 'sector: sectors 13 and 14'],
    ['0,4,1,1,5,1', 'layer: must be one of station 4'],
    ['0,1,1,1,\u0000,1', 'layer: must be one of station 1'],
    ['0,1,1,1,13,1', 'layer: must be one of station 1'],
    ['0,1,1,1,0,1', 'layer: must be one of station 1'],
    ['0,1,1,1,1.0,1', 'layer: must be one of station 1'],
    ['0,1,1,1,001,1', 'layer: must be one of station 1'],
    ['0,1,1,1,,1', 'layer: must be one of station 1'],
    ['0,1,1,0,1,1', 'run: must be a whole number'],
    ['0,1,1,1,1,yes', 'good: must be 1, 0, true or false'],
    ['0,1,1,1,1,WAHR', 'good: must be 1, 0, true or false'],
    ['0,1,1,1,1,constructor', 'good: must be'],
  ])('%s is refused: %s', (line, reason) => {
    expect(read(line)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});

describe('columns of the original form', () => {
  it.each([
    ['wheel,sector,station,run,layer,good', '-2,14,4,300000,12,0'],
    ['bad,layer,run,station,sector,wheel', '1,12,300000,4,14,-2'],
    ['Wheel;Station;Sector;Run;Layer;BAD', '-2;4;14;300000;12;1'],
    ['wheel\tstation\tsector\trun\tlayer\tgood\tcomment', '-2\t4\t14\t300000\t12\tFALSE\tnoisy, too'],
    ['"wheel","station","sector","run","layer","bad"', '"-2","4","14","300000","12","1"'],
  ])('go by the names of the header: %s', (header, line) => {
    expect(originalReader(header, {})).toMatchObject({ hasHeader: true });
    expect(read(line, header)).toEqual({ ...place, bad: true });
  });

  it.each([
    ['wheel,station,sector,run,good', {}, 'the header lacks layer'],
    ['wheel,station,sector,run,layer,flag', {}, 'the header lacks good or bad'],
    ['wheel,station,sector,run,layer,good,bad', {}, 'names both good and bad'],
    ['wheel,station,sector,run,run,layer,good', {}, 'names run twice'],
    [
      originalHeader,
      { flags: 'bad' },
      'the header names good, so that 1 is good, and flags says that it is bad',
    ],
  ] as const)('%s with %j cannot be read', (header, form, says) => {
    expect(() => originalReader(header, form)).toThrow(says);
  });

  it('without a header say nothing of what 1 means: that has to be said', () => {
    const line = '-2,4,14,300000,12,1';
    expect(() => read(line, null)).toThrow(
      'no header that says what 1 means: is run 300000 W-2_St4_Sec14 layer 12 bad, or good? Set flags to "bad"',
    );
    expect(() => read('nonsense', null)).toThrow('no header that says what 1 means. Set flags');
    expect(read(line, null, { flags: 'bad' })).toEqual({ ...place, bad: true });
    expect(read(line, null, { flags: 'good' })).toEqual({ ...place, bad: false });
    expect(read('nonsense', null, { flags: 'good' })).toEqual({
      reason: 'must have the six fields wheel,station,sector,run,layer,good',
    });
  });

  it('may count layers from the top row on', () => {
    expect(read('-2,4,14,300000,1,1', null, { flags: 'bad', topFirst: true })).toEqual({
      ...place,
      bad: true,
    });
    expect(read('0,4,1,1,6,1', originalHeader, { topFirst: true })).toMatchObject({
      reason: expect.stringContaining('layer') as string,
    });
  });
});
