import type { Finding } from './track.ts';

/** A cell that counts too much is another thing than one that counts too little, also at the same wire. */
export function isNoise({ kind }: Pick<Finding, 'kind'>): boolean {
  return kind === 'noisy-cell';
}
