import { describe, expect, it } from 'vitest';
import type { LabelVerdict, Opinion } from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { measureAgreement } from './measureAgreement.ts';

const twelve = (verdict: LabelVerdict): (LabelVerdict | null)[] => Array.from({ length: 12 }, () => verdict);

/** `chambers` chambers judged by each expert, who errs in a layer with the probability given. */
function opinions(chambers: number, errors: Record<string, number>, badShare: number): Opinion[] {
  const random = seededRandom(7);
  return Array.from({ length: chambers }, (_, chamber) => {
    const truth = twelve('good').map(() => random() < badShare);
    return Object.entries(errors).map(([by, error]) => ({
      by,
      chamber: `c${chamber}`,
      verdicts: truth.map((bad): LabelVerdict => (bad !== random() < error ? 'bad' : 'good')),
    }));
  }).flat();
}

describe('agreement of experts', () => {
  it('has an entry for every layer and pair, with the estimate inside its interval', () => {
    const result = measureAgreement(opinions(60, { ana: 0.02, bo: 0.02, cy: 0.3 }, 0.3));
    expect([result.layers, result.chambers]).toEqual([720, 60]);
    expect(result.byLayer.map(({ chambers }) => chambers)).toEqual(Array(12).fill(60));
    expect(result.byLayer).toHaveLength(12);
    expect(result.byPair.map(({ experts }) => experts.join())).toEqual(['ana,bo', 'ana,cy', 'bo,cy']);
    const [careful, careless] = result.byPair;
    expect(careful?.cohenKappa.value).toBeGreaterThan(careless?.cohenKappa.value ?? 1);
    for (const { value, low, high } of Object.values(result.overall)) {
      expect(low).toBeLessThan(value as number);
      expect(high).toBeGreaterThan(value as number);
    }
    expect(result.warnings).toEqual([]);
  });

  it('draws whole chambers, so that copies of a layer add nothing', () => {
    const base: Opinion[] = Array.from({ length: 40 }, (_, chamber) =>
      ['ana', 'bo'].map((by, expert) => {
        const agreed = chamber % 4 !== 0;
        return { by, chamber: `c${chamber}`, verdicts: twelve(expert === 0 || agreed ? 'good' : 'bad') };
      }),
    ).flat();
    const one = base.map((opinion) => ({
      ...opinion,
      verdicts: opinion.verdicts.map((v, row) => (row === 0 ? v : null)),
    }));
    expect(measureAgreement(base).overall.percentAgreement).toEqual(
      measureAgreement(one).overall.percentAgreement,
    );
  });

  it('tells the number of chambers beside layers, of those alone that two have judged', () => {
    const shared = opinions(30, { ana: 0.02, bo: 0.02 }, 0.3);
    const alone = opinions(50, { ana: 0.02 }, 0.3).map((each) => ({
      ...each,
      chamber: `alone ${each.chamber}`,
    }));
    const third = shared
      .filter(({ by }) => by === 'ana')
      .slice(0, 7)
      .map((each) => ({ ...each, by: 'cy' }));
    const result = measureAgreement([...shared, ...alone, ...third]);
    expect([result.chambers, result.layers]).toEqual([30, 360]);
    expect(result.byPair.map(({ experts, chambers }) => [experts.join(), chambers])).toEqual([
      ['ana,bo', 30],
      ['ana,cy', 7],
      ['bo,cy', 7],
    ]);
  });

  it('warns when kappa misleads because bad layers are rare', () => {
    const result = measureAgreement(opinions(200, { ana: 0.01, bo: 0.01 }, 0.01));
    expect(result.warnings.join()).toMatch(/kappa and alpha are low .* Read Gwet's AC1/);
    expect(result.overall.gwetAc1.value).toBeGreaterThan(0.9);
  });

  it('says so when nobody judged the same layer, or everyone only "not sure"', () => {
    const lone = measureAgreement([{ by: 'ana', chamber: 'c', verdicts: twelve('good') }]);
    expect(lone.overall.percentAgreement).toEqual({ value: null, low: null, high: null });
    expect(lone.warnings).toEqual(['No layer was judged by two experts yet.']);
    const unsure = ['ana', 'bo'].map((by) => ({ by, chamber: 'c', verdicts: twelve('not-sure') }));
    expect(measureAgreement(unsure).layers).toBe(0);
    expect(measureAgreement([]).byPair).toEqual([]);
  });
});
