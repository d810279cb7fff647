import { useCallback, useState } from 'react';
import type { Run, RunChambers, RunStatus } from '@dtdqm/contract';
import type { MonitorApi } from '../api/monitorApi.ts';
import { useQuery } from '../components/useQuery.ts';

/** While something is under way the list is asked for often, else now and then, ms. */
const busyInterval = 1_500;
const quietInterval = 10_000;

interface RunPage {
  runs: readonly Run[];
  nextCursor: string | null;
}

const isUnderWay: Record<RunStatus, boolean> = {
  LOADING: true,
  PENDING_REEVALUATION: true,
  REEVALUATING: true,
  FINISHED: false,
  ERROR: false,
};

export const statusWords: Record<RunStatus, string> = {
  LOADING: 'being fetched',
  FINISHED: 'finished',
  ERROR: 'error',
  PENDING_REEVALUATION: 'waits to be scored anew',
  REEVALUATING: 'being scored anew',
};

/** Runs, newest first, kept up to date; `more` adds older ones and rejects with a Problem. */
export function useRuns(api: MonitorApi) {
  const [every, setEvery] = useState(quietInterval);
  const { data, problem, refetch, update } = useQuery<RunPage>('runs', () => api.runs(), { every, merge });
  const interval = data?.runs.some(({ status }) => isUnderWay[status]) ? busyInterval : quietInterval;
  if (interval !== every) setEvery(interval);
  const cursor = data?.nextCursor ?? null;
  const more = useCallback(async () => {
    if (cursor === null) return;
    const page = await api.runs(cursor);
    update(({ runs }) => ({ runs: [...runs, ...page.runs], nextCursor: page.nextCursor }));
  }, [api, cursor, update]);
  return { runs: data?.runs ?? null, problem, hasMore: cursor !== null, more, refetch };
}

/** The newest runs as they are now, before those older ones that are known already. */
function merge(before: RunPage, fresh: RunPage): RunPage {
  const oldest = fresh.runs.at(-1)?.run ?? Infinity;
  const older = before.runs.filter(({ run }) => run < oldest);
  return {
    runs: [...fresh.runs, ...older],
    nextCursor: older.length > 0 ? before.nextCursor : fresh.nextCursor,
  };
}

/** How long a deletion can be taken back, ms: nothing is sent before. */
const undoWindow = 8_000;

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

const columns = [
  'run',
  'wheel',
  'station',
  'sector',
  'state',
  'hits',
  'bad_layers',
  'worst_score',
  'faults',
] as const;

/** A run as a table for other programs: one line a chamber, RFC 4180; what is not known is empty. */
export function runCsv({ run, chambers }: RunChambers): string {
  const lines = chambers.map(
    ({ wheel, station, sector, state, hits, badLayers, worstScore, faults }) =>
      [
        run,
        wheel,
        station,
        sector,
        state,
        hits,
        badLayers,
        worstScore,
        (faults ?? []).map(({ kind, layers }) => `${kind} in ${layers.join(' ')}`).join('; '),
      ] as const,
  );
  return [columns, ...lines].map((line) => `${line.map((value) => value ?? '').join(',')}\r\n`).join('');
}

/** Lets the browser keep a text as a file. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
