/**
 * Room for arrays of numbers, cut from large pieces: one array a time, allocating and freeing took a third of what the
 * features of a run cost. A piece is freed when the last array cut from it is.
 */
const pieceLength = 1 << 14;
let piece = new Float64Array(pieceLength);
let used = 0;

/** @returns `length` zeros. */
export function roomFor(length: number): Float64Array {
  if (used + length > piece.length) {
    piece = new Float64Array(Math.max(pieceLength, length));
    used = 0;
  }
  used += length;
  return piece.subarray(used - length, used);
}
