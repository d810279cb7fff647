import { useCallback, useState } from 'react';
import type { Run, RunStatus } from '@dtdqm/contract';
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
