import { useCallback, useEffect, useState } from 'react';
import type { Run } from '@dtdqm/contract';
import type { MonitorApi } from '../api/monitorApi.ts';
import { asProblem, type Problem } from '../api/problem.ts';

/** While something is under way the list is asked for often, else now and then, ms. */
const busyPace = 1_500;
const quietPace = 10_000;

interface State {
  runs: readonly Run[] | null;
  cursor: string | null;
  problem: Problem | null;
}

/** Runs, newest first, kept up to date; `more` adds older ones. */
export function useRuns(api: MonitorApi) {
  const [{ runs, cursor, problem }, setState] = useState<State>({ runs: null, cursor: null, problem: null });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  const isBusy = runs?.some(({ status }) => status === 'LOADING' || status.includes('REEVALUAT')) ?? false;
  useEffect(() => {
    let isCurrent = true;
    api.runs().then(
      (page) => {
        if (!isCurrent) return;
        setState((before) => {
          const oldest = page.runs.at(-1)?.run ?? Infinity;
          const older = (before.runs ?? []).filter(({ run }) => run < oldest);
          const next = older.length ? before.cursor : page.nextCursor;
          return { runs: [...page.runs, ...older], cursor: next, problem: null };
        });
      },
      (thrown: unknown) => isCurrent && setState((before) => ({ ...before, problem: asProblem(thrown) })),
    );
    const timer = window.setTimeout(again, isBusy ? busyPace : quietPace);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [api, round, again, isBusy]);
  const more = useCallback(() => {
    if (cursor === null) return;
    api.runs(cursor).then(
      (page) =>
        setState((before) => ({
          runs: [...(before.runs ?? []), ...page.runs],
          cursor: page.nextCursor,
          problem: null,
        })),
      (thrown: unknown) => setState((before) => ({ ...before, problem: asProblem(thrown) })),
    );
  }, [api, cursor]);
  return { runs, problem, hasMore: cursor !== null, more, again };
}
