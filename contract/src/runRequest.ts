import { z } from 'zod';
import { runNumberSchema } from './run.ts';

/** Body of `POST /api/v1/runs`: pull a run that is not stored yet; 409 `run-exists` otherwise. */
export const runFetchSchema = z.object({ run: runNumberSchema });

/** Body of `POST /api/v1/runs/reevaluate`: score runs again; all that another model scored unless named. */
export const runReevaluateSchema = z.object({ runs: z.array(runNumberSchema).min(1).max(1000).optional() });

/** What was asked of the workers; how far they are is told by the runs themselves. */
export const runsAskedSchema = z.object({ runs: z.array(z.int()) });

/** Answer of `DELETE /api/v1/runs/<run>`. */
export const runDeletedSchema = z.object({
  run: z.int(),
  /** Chambers that went with it; labels stay. */
  chambers: z.int(),
});
