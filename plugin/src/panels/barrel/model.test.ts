import { chamberConditions, standings, type ChamberCondition, type Standing } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import { readBarrelFrames } from '../../frames/barrelFrames.ts';
import { frameOf } from '../../frames/frame.fixture.ts';
import { barrelModel, shortNumber } from './model.ts';

interface Told {
  condition?: string | null;
  standing?: string | null;
  inRun?: boolean | null;
  more?: Record<string, unknown>;
}

/** The model of a run of which one chamber is told, W-1 MB2 S07, and that chamber. */
function modelOf({ condition = 'good', standing = null, inRun = null, more = {} }: Told = {}, tintBy = '') {
  const columns = { wheel: -1, station: 2, sector: 7, condition, standing, in_run: inRun, ...more };
  const frame = frameOf(Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, [value]])));
  const model = barrelModel(readBarrelFrames([frame])!, tintBy);
  return { model, cell: model.cells.find(({ key }) => key === 'W-1_St2_Sec7')! };
}

const all: (Standing | null)[] = [null, ...standings];
const faulty = ['bad', 'dead'];

describe.each(chamberConditions)('a chamber that is %s', (condition: ChamberCondition) => {
  it.each(all)('and %s is drawn by that alone', (standing) => {
    const { model, cell } = modelOf({ condition, standing, inRun: faulty.includes(condition) });
    expect(cell.condition).toBe(condition);
    expect(model.counts[condition]).toBeGreaterThan(0);
    const expected = !faulty.includes(condition)
      ? condition
      : standing === null || standing === 'new'
        ? 'loud'
        : standing === 'unconfirmed'
          ? 'unconfirmed'
          : 'muted';
    expect(cell.look).toBe(expected);
    expect(cell.stand).toContain(condition);
    if (standing) expect(cell.stand).toContain(standing);
    // Nothing that is not good and unanswered for looks like a good chamber.
    if (condition !== 'good' || (standing && standing !== 'healed'))
      expect([cell.look, cell.sign]).not.toEqual(['good', '']);
  });
});

describe('the barrel', () => {
  it('marks a good chamber with a fault that this run does not show, loud only while nobody has answered', () => {
    const of = (standing: Standing) => modelOf({ standing, inRun: false }).cell;
    expect(of('new')).toMatchObject({ look: 'good', sign: '▲', isLoudMark: true });
    expect(of('new').stand).toBe('good, new: not in this run');
    expect(of('acknowledged')).toMatchObject({ look: 'good', sign: '✓', isLoudMark: false });
    expect(of('healed')).toMatchObject({ look: 'good', sign: '', isLoudMark: false });
  });

  it('knows nothing of a chamber that no row tells of, or whose condition is no word of the contract', () => {
    const { model, cell } = modelOf({ condition: 'fine' });
    expect(cell.condition).toBe('unknown');
    expect(model.counts).toMatchObject({ unknown: 250, good: 0 });
    expect(model.cells[0]?.label).toBe('W-2 MB1 S01: unknown, nothing is said of it');
  });

  it('says in words what, since when, and how much', () => {
    const more = { kind: 'dead-layer', since_run: 380001, bad_layers: 3, hits: 12_345 };
    const { cell } = modelOf({ condition: 'bad', standing: 'new', inRun: true, more }, 'hits');
    expect(cell.sign).toBe('3');
    expect(cell.label).toBe('W-1 MB2 S07: bad, new; dead layer since run 380001; hits 12.3K');
  });

  it('is tinted by a number in its good chambers only, and stays what it is', () => {
    const conditions = ['good', 'good', 'bad', 'unknown'];
    const frame = frameOf({
      wheel: [0, 0, 0, 0],
      station: [1, 1, 1, 1],
      sector: [1, 2, 3, 4],
      condition: conditions,
      standing: [null, null, 'new', null],
      hits: [10, 30, 9000, 5],
    });
    const frames = readBarrelFrames([frame])!;
    const [plain, tinted] = [barrelModel(frames, ''), barrelModel(frames, 'hits')];
    const told = tinted.cells.filter(({ key }) => /^W0_St1_Sec[1-4]$/.test(key));
    expect(told.map(({ tint }) => tint)).toEqual([0, 1, null, null]);
    expect(tinted.tint).toEqual({ column: 'hits', least: 10, greatest: 30 });
    expect(tinted.counts).toEqual(plain.counts);
    const looks = ({ cells }: typeof plain) => cells.map(({ look, sign, stand }) => [look, sign, stand]);
    expect(looks(tinted)).toEqual(looks(plain));
    expect(plain.tint).toBeNull();
    expect(barrelModel(frames, 'no_such_column').tint).toBeNull();
  });

  it('writes numbers of any size shortly', () => {
    expect([0, 0.05, 0.999, 99, 12_345, 3_400_000].map(shortNumber)).toEqual([
      '0',
      '0.05',
      '0.999',
      '99',
      '12.3K',
      '3.4M',
    ]);
  });
});
