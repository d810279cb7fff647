import { noWire, type Matrix } from '@dtdqm/contract';
import { binomial, poisson, type Random } from '@dtdqm/contract/random';
import { levelAt, visibleEvidence, type InjectedFault } from './faults.ts';

/**
 * A chamber that was counted, recorded or simulated, with a fault: of the hits of each wire a part is kept at random, or some are
 * added where the fault is noise, so that counts scatter as if they had been counted with it. Mixed up layers are moved as they are.
 */
export function injectIntoCounts(matrix: Matrix, fault: InjectedFault, random: Random): Matrix {
  const { mapping, layers } = fault;
  if (mapping) return mixUp(matrix, layers[0]!, mapping);
  return matrix.map((row, index) => {
    if (!layers.includes(index + 1)) return row;
    return row.map((hits, column) => {
      if (hits === noWire) return hits;
      const level = levelAt(fault, index + 1, column + 1);
      return level <= 1 ? binomial(random, hits, level) : hits + poisson(random, (level - 1) * hits);
    });
  });
}

/** {@link visibleEvidence} of a fault that is injected into these counts, which stand for what was expected. */
export function evidenceInCounts(matrix: Matrix, fault: InjectedFault): number[] {
  const hits = matrix.map((row) => Float64Array.from(row, (count) => Math.max(0, count)));
  return visibleEvidence({ hits, lumpSize: 1 }, [fault]);
}

/** Exchanges or moves the counts of whole layers; wires that the source does not have keep their own. */
export function mixUp(matrix: Matrix, layer: number, mapping: NonNullable<InjectedFault['mapping']>): Matrix {
  const mixed = [...matrix];
  const { how, from = layer, by = 0 } = mapping;
  const own = wiresIn(matrix[layer - 1]!);
  const other = wiresIn(matrix[from - 1]!);
  const put = (into: number, values: readonly number[]) => {
    let wire = 0;
    mixed[into - 1] = matrix[into - 1]!.map((hits) => (hits === noWire ? hits : (values[wire++] ?? hits)));
  };
  if (how === 'reversed') put(layer, [...own].reverse());
  else if (how === 'shifted')
    put(
      layer,
      own.map((_, wire) => own[(wire + own.length + by) % own.length]!),
    );
  else put(layer, other);
  if (how === 'swapped') put(from, own);
  return mixed;
}

function wiresIn(row: readonly number[]): number[] {
  return row.filter((hits) => hits !== noWire);
}

/** What is left of every wire's hits when each is kept with some probability: the same chamber in a shorter run. */
export function thinned(matrix: Matrix, share: number, random: Random): Matrix {
  return matrix.map((row) => row.map((hits) => (hits > 0 ? binomial(random, hits, share) : hits)));
}

/**
 * Deals the hits of a chamber out to several runs at random, which makes runs of one recorded chamber that are as independent as if
 * each had been counted by itself.
 *
 * @param shares of the hits for each run; their sum is at most 1.
 */
export function dealOut(matrix: Matrix, shares: readonly number[], random: Random): Matrix[] {
  let left = matrix;
  let rest = 1;
  return shares.map((share) => {
    const kept = thinned(left, Math.min(1, share / rest), random);
    left = left.map((row, index) => row.map((hits, cell) => (hits > 0 ? hits - kept[index]![cell]! : hits)));
    rest -= share;
    return kept;
  });
}
