import type { Filled } from './fillTo.ts';
import type { measureRetention } from './retention.ts';
import type { tableSizes } from './sizes.ts';

/** What was measured with so many runs stored. */
export interface Measured {
  runs: number;
  chambers: number;
  machine: string;
  /** Of the machine before. */
  load: number;
  filled: Filled | null;
  /** For one more run. */
  seconds: { ingest: number; ledger: number };
  sizes?: Awaited<ReturnType<typeof tableSizes>>;
  /** ms by call. */
  api?: Record<string, number>;
  /** ms by statement. */
  statements?: Record<string, number>;
  retention?: Awaited<ReturnType<typeof measureRetention>>;
}
