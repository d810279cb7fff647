import type { GateReport } from './gate.ts';

/** What came of a retraining, as it stands in the journal. */
export interface RetrainReport extends GateReport {
  current: string;
  candidate: string;
  labels: {
    training: number;
    heldOut: number;
    /** Id of the newest event of the journal when labels were read; null for none. */
    newestEvent: string | null;
  };
  promoted: boolean;
}
