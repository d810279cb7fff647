import type { CandidateLayer } from './strategy.ts';

/** Distance of each feature from the background's middle in quartile widths; the largest counts. Needs no label. */
export function outlierness(background: readonly (readonly number[])[]): (layer: CandidateLayer) => number {
  const width = background[0]?.length ?? 0;
  const bands = Array.from({ length: width }, (_, column) => {
    const sorted = background.map((row) => row[column] as number).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
    return { middle: at(0.5), spread: Math.max(at(0.75) - at(0.25), 0.02) };
  });
  return ({ features }) => {
    const farthest = bands.reduce(
      (most, { middle, spread }, column) =>
        Math.max(most, Math.abs((features[column] ?? 0) - middle) / spread),
      0,
    );
    return farthest / (3 + farthest);
  };
}
