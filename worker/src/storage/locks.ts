/**
 * Keys of PostgreSQL's advisory locks: one list, so that no two uses share a key by chance. Workers of two versions may run side
 * by side during an upgrade, so a key keeps its meaning for ever.
 */
export const locks = {
  /** Held shared by every process that uses the embedded server. */
  embeddedPresence: 5_410_001,
  migration: 5_410_002,
  discovery: 5_410_003,
  queueRefresh: 5_410_010,
  onlyStart: 5_410_011,
  /** Of many workers one retrains at a time. */
  retraining: 5_410_012,
  incidentLedger: 5_410_020,
  jobQueueStart: 5_410_030,
} as const;
