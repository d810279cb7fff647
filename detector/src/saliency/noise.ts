import { formatChamber, type ChamberId } from '@dtdqm/contract';
import { fnv1a, normal, seededRandom } from '@dtdqm/contract/random';

const tableSize = 1 << 16;
const tables = new Map<number, Float32Array>();

/**
 * Standard normal deviates for one layer of one chamber in one pass: read from a table made once for each seed, because
 * drawing them afresh would take longer than the network. Depends on its arguments alone, not on what else is explained.
 */
export function noiseFor(
  seed: number,
  chamber: ChamberId,
  row: number,
  pass: number,
): (wire: number) => number {
  const table = tableFor(seed);
  const start = fnv1a(`${seed}/${formatChamber(chamber)}/${row}/${pass}`);
  return (wire) => table[(start + wire) % tableSize]!;
}

function tableFor(seed: number): Float32Array {
  const known = tables.get(seed);
  if (known) return known;
  const table = new Float32Array(tableSize);
  const random = seededRandom(fnv1a(`noise ${seed}`));
  for (let index = 0; index < tableSize; index++) table[index] = normal(random);
  tables.set(seed, table);
  return table;
}
