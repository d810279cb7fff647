import { formatChamber, type ChamberId } from '@dtdqm/contract';

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
  const start = hash(`${seed}/${formatChamber(chamber)}/${row}/${pass}`);
  return (wire) => table[(start + wire) % tableSize]!;
}

function tableFor(seed: number): Float32Array {
  const known = tables.get(seed);
  if (known) return known;
  const table = new Float32Array(tableSize);
  let state = hash(`noise ${seed}`);
  const uniform = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  for (let index = 0; index < tableSize; index++) {
    table[index] = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  tables.set(seed, table);
  return table;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
