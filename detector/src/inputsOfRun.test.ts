import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { inputsOfRun } from './inputsOfRun.ts';

const station2 = allChambers.filter(({ station }) => station === 2);

function counted(chamber: ChamberId, run: number, lumisections: number) {
  return simulateChamber({ chamber, buildSeed: 1, runSeed: run, lumisections }).matrix;
}

function run(chambers: readonly ChamberId[]) {
  const past = new Map(
    chambers.map((chamber) => [
      formatChamber(chamber),
      [{ run: 2, matrix: counted(chamber, 2, 300) }, { run: 1, matrix: counted(chamber, 1, 50) }], // prettier-ignore
    ]),
  );
  return inputsOfRun(
    chambers.map((chamber) => ({ chamber, matrix: counted(chamber, 3, 100) })),
    past,
  );
}

describe('the past of the chambers of a run', () => {
  it('comes with the length of its runs, as the chambers of the station tell it', () => {
    for (const { exposures, history } of run(station2)) {
      expect(history).toHaveLength(2);
      expect(exposures![0]).toBeCloseTo(3, 0);
      expect(exposures![1]).toBeCloseTo(0.5, 1);
    }
  });

  it('comes without where too few chambers could tell', () => {
    for (const { exposures, history } of run(station2.slice(0, 4))) {
      expect(history).toHaveLength(2);
      expect(exposures).toBeUndefined();
    }
  });

  it('is empty where there is none', () => {
    const [input] = inputsOfRun(
      [{ chamber: station2[0]!, matrix: counted(station2[0]!, 3, 100) }],
      new Map(),
    );
    expect(input!.history).toEqual([]);
  });
});
