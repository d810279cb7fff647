import { describe, expect, it } from 'vitest';
import { missingColumns, readBarrelFrames } from './barrelFrames.ts';
import { isFrameError, readChamberFrames } from './chamberFrames.ts';
import { frameOf } from './frame.fixture.ts';

const cells = (parts: Record<string, unknown[]> = {}, refId = 'A') =>
  frameOf(
    {
      run: [7, 7, 7, 7],
      wheel: [1, 1, 1, 1],
      station: [2, 2, 2, 2],
      sector: [3, 3, 3, 3],
      layer: [1, 1, 12, 12],
      wire: [1, 2, 1, 3],
      hits: [5, 0, 9, 4],
      ...parts,
    },
    refId,
  );

describe('readChamberFrames', () => {
  it('makes a matrix of cells: a wire without a row does not exist, one with 0 is dead', () => {
    const read = readChamberFrames([cells()]);
    if (isFrameError(read)) throw new Error('not read');
    expect(read.model).toMatchObject({ run: 7, width: 3, chamber: { wheel: 1, station: 2, sector: 3 } });
    expect(read.model.layers[0]?.hits).toEqual([5, 0, -1]);
    expect(read.model.layers[11]?.hits).toEqual([9, -1, 4]);
    expect(read.model.layers[4]?.exists).toBe(false);
    expect(read.rowOf(12, 3)).toBe(3);
    expect(read.rowOf(12, 2)).toBeNull();
  });

  it('takes numbers that come as text and names of other views and files', () => {
    const read = readChamberFrames([cells({ hits: ['5', '0', '9', '4'] })]);
    expect(isFrameError(read)).toBe(false);
    const renamed = frameOf({ layer_number: [3], cell: [1], Occupancy: [8] });
    const other = readChamberFrames([renamed]);
    expect(!isFrameError(other) && other.model.layers[2]?.hits).toEqual([8]);
  });

  it('joins layers, history, comparison and opinions by what their columns say', () => {
    const layers = frameOf({ layer: [1, 12], score: [0.02, 0.97], verdict: ['good', 'bad'] });
    const history = frameOf({ run: [6, 5], layer: [12, 12], score: [0.5, 0.1] });
    const opinions = frameOf({ layer: [12], label: ['not-sure'], expert: ['ana'] });
    const read = readChamberFrames([
      cells(),
      layers,
      history,
      opinions,
      cells({ hits: [1, 1, 1, 1] }, 'comparison'),
    ]);
    if (isFrameError(read)) throw new Error('not read');
    expect(read.model.layers[11]).toMatchObject({ score: 0.97, verdict: 'bad' });
    expect(read.history).toMatchObject({ runs: [5, 6] });
    expect(read.history?.scores[11]).toEqual([0.1, 0.5]);
    expect(read.opinions).toEqual([{ expert: 'ana', layer: 12, label: 'not-sure' }]);
    expect(read.comparison?.layers[0]?.hits).toEqual([1, 1, -1]);
  });

  it('says which columns are missing and which were found', () => {
    const frame = frameOf({ layer: [1], value: [2] });
    expect(readChamberFrames([frame])).toEqual({ missing: ['wire', 'hits'], found: ['layer', 'value'] });
    expect(readChamberFrames([])).toMatchObject({ missing: ['layer', 'wire', 'hits'] });
  });
});

describe('readBarrelFrames', () => {
  const chambers = {
    wheel: [-2, 9],
    station: [4, 1],
    sector: [14, 1],
    condition: ['bad', 'good'],
    standing: ['new', null],
    in_run: [true, null],
    since_run: [380001, null],
    bad_layers: [3, 1],
  };

  it('reads how chambers stand and offers numeric columns to tint by', () => {
    const read = readBarrelFrames([frameOf(chambers)]);
    expect(read?.chambers.size).toBe(1);
    expect(read?.numeric.map(({ name }) => name)).toEqual(['bad_layers']);
    expect(read?.chambers.get('W-2_St4_Sec14')).toMatchObject({
      condition: 'bad',
      standing: 'new',
      inRun: true,
      sinceRun: 380001,
    });
    expect(read?.state).toBeNull();
  });

  it('takes the line of the detector beside it, its doubts as an array or as PostgreSQL writes one', () => {
    const of = (doubts: unknown) => {
      const state = frameOf({ headline: ['2 bad'], quiet: [false], doubts: [doubts] }, 'state');
      return readBarrelFrames([state, frameOf(chambers)])?.state;
    };
    const doubts = ['no new run for 3 h', 'run 7 is newer, and nothing can be said of it: "x"'];
    expect(of(doubts)).toEqual({ headline: '2 bad', quiet: false, doubts });
    expect(
      of('{"no new run for 3 h","run 7 is newer, and nothing can be said of it: \\"x\\""}')?.doubts,
    ).toEqual(doubts);
    expect(of('{}')?.doubts).toEqual([]);
    expect(of(null)?.doubts).toEqual([]);
  });

  it('reads nothing where it is not told how chambers stand, and says which columns are missing', () => {
    const { condition: _, standing: __, ...rest } = chambers;
    expect(readBarrelFrames([frameOf(rest)])).toBeNull();
    expect(missingColumns([frameOf(rest)])).toEqual(['condition', 'standing']);
  });
});
