import { alone } from '../../storage/alone.ts';
import type { Database } from '../../storage/database.ts';
import { locks } from '../../storage/locks.ts';

/**
 * Of all processes on the database one retrains at a time.
 *
 * @returns false when another one does: `work` was not called then.
 */
export function retrainAlone(database: Database, work: () => Promise<void>): Promise<boolean> {
  return alone(database, locks.retraining, work);
}
