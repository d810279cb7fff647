import type { Answer } from './answer.ts';

/** What a request asks for, whatever age it allows: the same plot for the cache, and for rules that count. */
export const withoutAge = (address: string) =>
  address.replace(/([?&])notOlderThan=[^&]*&?/, '$1').replace(/[?&]$/, '');

/**
 * The new server's cache: an answer is given again unless it was cached before `notOlderThan`, UTC seconds, which is an
 * hour ago where a request does not say; then it is made anew. That nothing was found is cached like anything else.
 *
 * Source: `async_lru_timed.py` of cms-DQM/dqmgui and its README, "Cache bypass and invalidation".
 */
export class AnswerCache {
  readonly #now: () => number;
  readonly #answers = new Map<string, { answer: Answer; cachedAt: number }>();

  /** @param now time in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param address without the age that the request allows.
   * @param seconds age at which an answer is made anew for requests that do not say.
   */
  answer(address: string, notOlderThan: string | null, seconds: number, fresh: () => Answer): Answer {
    const now = Math.floor(this.#now() / 1000);
    const oldest = Number(notOlderThan ?? '') || now - seconds;
    const known = this.#answers.get(address);
    if (known && known.cachedAt >= oldest) return known.answer;
    const answer = fresh();
    this.#answers.set(address, { answer, cachedAt: now });
    return answer;
  }
}
