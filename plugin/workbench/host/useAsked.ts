import { useCallback, useEffect, useState } from 'react';
import { asProblem, type Problem } from '../../src/api/problem.ts';

export interface Asked<T> {
  answer: T | null;
  problem: Problem | null;
  isLoading: boolean;
  again: () => void;
}

/**
 * Asks once for each `key`, and again every `every` milliseconds when given. While a new answer is awaited the old one stays.
 *
 * @param ask must not change between renders of one key.
 */
export function useAsked<T>(key: string, ask: () => Promise<T>, every?: number): Asked<T> {
  const [state, setState] = useState<{ key: string; answer: T | null; problem: Problem | null } | null>(null);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let isCurrent = true;
    ask().then(
      (answer) => isCurrent && setState({ key, answer, problem: null }),
      (thrown: unknown) =>
        isCurrent &&
        setState((before) => ({
          key,
          answer: before?.key === key ? before.answer : null,
          problem: asProblem(thrown),
        })),
    );
    const timer = every ? window.setTimeout(again, every) : undefined;
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
    // `ask` is made anew with each render; the key says when it asks for something else.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round, every]);
  const own = state?.key === key ? state : null;
  return { answer: own?.answer ?? null, problem: own?.problem ?? null, isLoading: own === null, again };
}
