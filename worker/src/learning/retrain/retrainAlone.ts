import { withAdvisoryLock, locks } from '../../storage/advisoryLocks.ts';
import type { Database } from '../../storage/database.ts';

/**
 * Of all processes on the database one retrains at a time.
 *
 * @returns false when another one does: `work` was not called then.
 */
export function retrainAlone(database: Database, work: () => Promise<void>): Promise<boolean> {
  return withAdvisoryLock(database, locks.retraining, work);
}
