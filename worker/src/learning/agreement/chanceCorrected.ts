/** (observed - expected) / (1 - expected): 1 is perfect, 0 is chance; null where chance alone always agrees. */
export function chanceCorrected(observed: number | null, expected: number): number | null {
  if (observed === null || 1 - expected < 1e-12) return null;
  return (observed - expected) / (1 - expected);
}
