import type { MonitorApi } from '../api/monitorApi.ts';

/** How long a deletion can be taken back, ms: nothing is sent before. */
export const undoWindow = 8_000;

export interface PendingDeletion {
  run: number;
  /** ms since the epoch. */
  at: number;
  cancel: () => void;
}

/**
 * Deletes a run after the undo window. The wait is here and not at the API, so closing the page within it deletes nothing.
 *
 * @param settled called with what went wrong, or null, once it is over; not called when cancelled.
 */
export function deleteLater(
  api: Pick<MonitorApi, 'deleteRun'>,
  run: number,
  settled: (thrown: unknown) => void,
): PendingDeletion {
  const timer = setTimeout(() => {
    api.deleteRun(run).then(
      () => settled(null),
      (thrown: unknown) => settled(thrown),
    );
  }, undoWindow);
  return { run, at: Date.now() + undoWindow, cancel: () => clearTimeout(timer) };
}
