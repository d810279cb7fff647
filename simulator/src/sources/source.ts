import type { ChamberId, Matrix } from '@dtdqm/contract';

export interface SourceRun {
  run: number;
  dataset: string;
  /** Lumisections recorded so far. */
  lumisections: number;
}

/** What stands behind the simulated DQM server: a detector model or recorded chambers. */
export interface HistogramSource {
  /** All runs that can be had now, in ascending order. */
  runs(): SourceRun[];
  /** Histogram of one chamber, or undefined when the run has none for it. */
  chamber(run: number, chamber: ChamberId): Matrix | undefined;
}
