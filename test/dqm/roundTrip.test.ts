import fc from 'fast-check';
import { allChambers, layersOf, mb4Wires, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { HistogramSource } from '@dtdqm/simulator/sources';
import { describe, expect, it } from 'vitest';
import { listed, rig, run } from './rig.ts';

const hits = fc.oneof(
  { weight: 4, arbitrary: fc.nat(999_999) },
  { weight: 1, arbitrary: fc.constant(-1) },
  // Six digits times a power of ten are what the server can say above a million.
  fc
    .tuple(fc.integer({ min: 100_000, max: 999_999 }), fc.integer({ min: 1, max: 5 }))
    .map(([a, b]) => a * 10 ** b)
    // Beyond that a table cannot keep them, and the client refuses them by name.
    .filter((count) => count <= 2_147_483_647),
);

const histogram = fc
  .constantFrom(...allChambers)
  // As many wires as the chamber may have.
  .chain((chamber) => {
    const mb4 = mb4Wires[chamber.sector]!;
    const [min, max] = chamber.station === 4 ? [mb4, Math.floor(mb4 * 1.5)] : [60, 73];
    return fc.tuple(fc.constant(chamber), fc.integer({ min, max }));
  })
  .chain(([chamber, width]) => {
    const row = fc.array(hits, { minLength: width, maxLength: width });
    const rows = fc.array(row, { minLength: 12, maxLength: 12 });
    return fc.tuple(
      fc.constant(chamber),
      rows.map((matrix) => builtOnly(chamber, matrix)),
    );
  });

function builtOnly({ station }: ChamberId, matrix: Matrix): Matrix {
  const built = layersOf(station);
  return matrix.map((row, y) => (built.includes(y + 1) ? row : row.map(() => -1)));
}

describe.each(['classic', 'new'] as const)('a matrix served in the %s dialect', (dialect) => {
  it('arrives as it was sent', async () => {
    let served: Matrix = [];
    const source: HistogramSource = {
      runs: () => [{ ...listed, lumisections: 1 }],
      chamber: () => served,
    };
    const { client } = await rig([], { dialect, burst: 1000 }, { source });
    await fc.assert(
      fc.asyncProperty(histogram, async ([chamber, matrix]) => {
        served = matrix;
        expect(await client.fetchChamber({ run, dataset: '/Global/Online/ALL' }, chamber)).toEqual(matrix);
      }),
      { numRuns: 60 },
    );
  });
});
