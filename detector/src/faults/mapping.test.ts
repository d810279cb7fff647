import type { ChamberId } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawMeasured, injectIntoCounts, measuredFaults, simulateChamber } from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { mappingFaults } from './mapping.ts';

/** Stations 1 to 3 in turn, 8 to 75 hits per wire, with three good runs before. */
const chamberOf = (index: number): ChamberId => ({
  wheel: ([0, 1, -1, 2, -2] as const)[index % 5]!,
  station: ([1, 2, 3] as const)[index % 3]!,
  sector: ((index % 12) + 1) as 1,
});
const counted = (index: number, runSeed: string) =>
  simulateChamber({ chamber: chamberOf(index), buildSeed: index, runSeed, lumisections: 150 }).matrix;
const runsBefore = (index: number) => [1, 2, 3].map((back) => counted(index, `${index}/before/${back}`));
const measured = (name: string) => measuredFaults.find((each) => each.name === name)!;

describe('layers whose wires stand elsewhere', () => {
  it.each([
    ['layer reversed', 48],
    ['layer shifted by 8', 45],
  ])(
    '%s: told by good runs before and by muons that siblings share in %i of 60 chambers and more',
    (name, least) => {
      let found = 0;
      for (let index = 0; index < 60; index++) {
        const fault = drawMeasured(measured(name), chamberOf(index), randomOf(name, index))!;
        const matrix = injectIntoCounts(counted(index, `${index}`), fault, randomOf(index));
        const view = viewChamber(
          chamberWires({ chamber: chamberOf(index), matrix, history: runsBefore(index) }),
        );
        if (mappingFaults(view).some(({ layers }) => layers.includes(fault.layers[0]!))) found++;
      }
      expect(found).toBeGreaterThanOrEqual(least);
    },
  );

  it('are not seen where nothing is wrong, with runs before or without', () => {
    let said = 0;
    for (let index = 0; index < 240; index++) {
      const history = index % 2 ? runsBefore(index) : [];
      const view = viewChamber(
        chamberWires({ chamber: chamberOf(index), matrix: counted(index, `${index}`), history }),
      );
      said += mappingFaults(view).length;
    }
    // Of 2,880 layers: 0.05 % would be one or two, and five are hardly chance then.
    expect(said).toBeLessThan(5);
  });

  it('are no matter of a past whose shape was another as a whole', () => {
    const [index, tilt] = [6, 0.15];
    const tilted = (matrix: ReturnType<typeof counted>) =>
      matrix.map((row) =>
        row.map((hits, wire) => (hits < 0 ? hits : Math.round(hits * (1 + tilt * ((2 * wire) / 60 - 1))))),
      );
    const history = runsBefore(index).map(tilted);
    const view = viewChamber(
      chamberWires({ chamber: chamberOf(index), matrix: counted(index, 'now'), history }),
    );
    expect(mappingFaults(view)).toEqual([]);
  });
});
