import { useCallback, useEffect, useState } from 'react';
import { asProblem, type Problem } from '../api/problem.ts';

export interface Query<T> {
  /** The last answer to this key, null before the first; it stays while a new one is awaited, and when that fails, unless there is no such thing any more. */
  data: T | null;
  /** Why the last request failed. */
  problem: Problem | null;
  /** True until the first answer or failure of this key. */
  isLoading: boolean;
  refetch: () => void;
  /** Changes the answer at hand, for example by what another request has just told. */
  update: (change: (data: T) => T) => void;
}

interface Options<T> {
  /** Asks again after so many milliseconds. */
  every?: number;
  /** Asks again when it changes, and keeps the answer meanwhile. */
  version?: string | number;
  /** How a new answer is joined to the one at hand; takes its place unless given. */
  merge?: (before: T, fresh: T) => T;
}

/**
 * Asks once for each `key`, and again as the options say. A request that is under way when the key changes, or the component goes,
 * is ignored.
 *
 * @param ask must ask for the same whenever the key is the same.
 */
export function useQuery<T>(key: string, ask: () => Promise<T>, options: Options<T> = {}): Query<T> {
  const { every, version, merge = (_, fresh) => fresh } = options;
  const [state, setState] = useState<{ key: string; data: T | null; problem: Problem | null } | null>(null);
  const [round, setRound] = useState(0);
  const refetch = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let isCurrent = true;
    const settle = (fresh: { data: T } | { problem: Problem }) => {
      if (!isCurrent) return;
      setState((before) => {
        const own = before?.key === key ? before.data : null;
        // What was deleted meanwhile is not how it was.
        if ('problem' in fresh)
          return { key, data: fresh.problem.kind === 'not-found' ? null : own, problem: fresh.problem };
        return { key, data: own === null ? fresh.data : merge(own, fresh.data), problem: null };
      });
    };
    ask().then(
      (data) => settle({ data }),
      (thrown: unknown) => settle({ problem: asProblem(thrown) }),
    );
    const timer = every ? window.setTimeout(refetch, every) : undefined;
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
    // `ask` and `merge` are made anew with each render; the key says when they mean something else.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round, every, version]);
  const update = useCallback(
    (change: (data: T) => T) =>
      setState((before) =>
        before && before.data !== null ? { ...before, data: change(before.data) } : before,
      ),
    [],
  );
  const own = state?.key === key ? state : null;
  return { data: own?.data ?? null, problem: own?.problem ?? null, isLoading: own === null, refetch, update };
}
