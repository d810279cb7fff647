/**
 * Room for arrays of numbers, cut from large pieces: one array a time, allocating and freeing took a third of what the
 * features of a run cost. A piece is freed when the last array cut from it is.
 */
const pieceLength = 1 << 14;
let piece = new Float64Array(pieceLength);
let used = 0;

/** Arrays that are lent again and again, by length, and how many of each length are out. */
const lent: Float64Array[][] = [];
const out: number[] = [];
let lending = false;
/** Longer arrays are made for the one who asks: no layer or chamber of the detector is so long. */
const longestLent = 512;

/** @returns `length` zeros. */
export function zeros(length: number): Float64Array {
  if (!lending || length > longestLent) return cut(length);
  const known = (lent[length] ??= []);
  const index = out[length] ?? 0;
  out[length] = index + 1;
  const array = known[index];
  return array ? array.fill(0) : (known[index] = cut(length));
}

/**
 * Runs work of whose arrays nothing is needed afterwards: the next such work is given the same ones. What scoring a run
 * leaves behind otherwise costs the garbage collector as long as scoring takes.
 */
export function withPooledArrays<T>(work: () => T): T {
  if (lending) return work();
  lending = true;
  try {
    return work();
  } finally {
    lending = false;
    out.fill(0);
  }
}

/** Runs a part of such work that makes so many arrays that keeping them would take too much memory. */
export function withOwnArrays<T>(work: () => T): T {
  const before = lending;
  lending = false;
  try {
    return work();
  } finally {
    lending = before;
  }
}

function cut(length: number): Float64Array {
  if (used + length > piece.length) {
    piece = new Float64Array(Math.max(pieceLength, length));
    used = 0;
  }
  used += length;
  return piece.subarray(used - length, used);
}

/** The same for a part of such work: what it was lent is lent again at once, while it is still at hand for the processor. */
export function withArraysReturned<T>(work: () => T): T {
  const before = [...out];
  try {
    return work();
  } finally {
    for (let length = 0; length < out.length; length++) if (out[length]) out[length] = before[length] ?? 0;
  }
}
