import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRateLimiter, createSemaphore } from './limits.ts';
import { Problem } from './problem.ts';

/** Seconds that a refusal asks to wait, or undefined where the request is let in. */
function ask(limiter: ReturnType<typeof createRateLimiter>, who = 'ada'): number | undefined {
  try {
    limiter.count(who);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect([error.status, error.id]).toEqual([429, 'too-many-requests']);
    const seconds = Number(error.headers['Retry-After']);
    expect(error.message).toBe(`too many requests; wait ${seconds} s`);
    return seconds;
  }
}

const askTimes = (limiter: ReturnType<typeof createRateLimiter>, times: number, who?: string) =>
  Array.from({ length: times }, () => ask(limiter, who)).filter((refused) => refused === undefined).length;

describe('the rate limiter', () => {
  let ms: number;
  beforeEach(() => {
    ms = 1000;
  });
  const limiterOf = (perMinute: number) => createRateLimiter(perMinute, () => ms);

  it('lets a burst of a tenth of a minute’s requests in, and not one more', () => {
    const limiter = limiterOf(50);
    expect(askTimes(limiter, 5)).toBe(5);
    expect(ask(limiter)).toBeDefined();
  });

  it('lets one at a time in where the rate is less than ten a minute', () => {
    const limiter = limiterOf(6);
    expect(ask(limiter)).toBeUndefined();
    expect(ask(limiter)).toBe(10);
  });

  it('refills at the rate: the next request is let in when its time has come, and not a moment before', () => {
    const limiter = limiterOf(60);
    expect(askTimes(limiter, 6)).toBe(6);
    ms += 999;
    expect(ask(limiter)).toBe(1);
    ms += 1;
    expect(ask(limiter)).toBeUndefined();
    expect(ask(limiter)).toBe(1);
    ms += 3000;
    expect(askTimes(limiter, 4)).toBe(3);
  });

  it('says how long to wait in whole seconds, rounded up', () => {
    const limiter = limiterOf(10);
    expect(ask(limiter)).toBeUndefined();
    expect(ask(limiter)).toBe(6);
    ms += 3500;
    expect(ask(limiter)).toBe(3);
    ms += 2000;
    expect(ask(limiter)).toBe(1);
    ms += 501;
    expect(ask(limiter)).toBeUndefined();
  });

  it('saves up no more than the burst, however long nobody asks', () => {
    const limiter = limiterOf(50);
    expect(askTimes(limiter, 5)).toBe(5);
    ms += 3_600_000;
    expect(askTimes(limiter, 10)).toBe(5);
  });

  it('counts everyone apart', () => {
    const limiter = limiterOf(50);
    expect(askTimes(limiter, 9, 'ada')).toBe(5);
    expect(askTimes(limiter, 9, 'bob')).toBe(5);
  });

  it('charges nothing for refusals: whoever insists is let in again as soon as whoever waits', () => {
    const limiter = limiterOf(60);
    askTimes(limiter, 6);
    for (let tenth = 0; tenth < 9; tenth += 1) {
      ms += 100;
      expect(ask(limiter)).toBe(1);
    }
    ms += 101;
    expect(ask(limiter)).toBeUndefined();
  });

  it('never lets in more than the burst and the rate allow, and whoever keeps within the rate is never refused', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 6000 }), waits, (perMinute, pauses) => {
        ms = 0;
        const limiter = limiterOf(perMinute);
        let letIn = 0;
        for (const pause of pauses) {
          ms += pause;
          if (ask(limiter) === undefined) letIn += 1;
        }
        expect(letIn).toBeLessThanOrEqual(perMinute / 10 + (ms * perMinute) / 60_000 + 1e-6);
        const patient = limiterOf(perMinute);
        for (let request = 0; request < 20; request += 1) {
          expect(ask(patient)).toBeUndefined();
          ms += Math.ceil(60_000 / perMinute);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('remembers the 10,000 that asked last, so that invented names fill no memory', () => {
    const limiter = limiterOf(10);
    expect(ask(limiter, 'first')).toBeUndefined();
    expect(ask(limiter, 'second')).toBeUndefined();
    expect(ask(limiter, 'first')).toBeDefined();
    for (let name = 0; name < 9999; name += 1) ask(limiter, `invented ${name}`);
    expect(ask(limiter, 'first')).toBeDefined();
    expect(ask(limiter, 'second')).toBeUndefined();
  });

  it('goes by a clock of its own unless told otherwise', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const limiter = createRateLimiter(60);
      expect(askTimes(limiter, 7)).toBe(6);
      vi.advanceTimersByTime(1001);
      expect(ask(limiter)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the semaphore', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Whether a promise has been kept by now. */
  async function settled(promise: Promise<unknown>): Promise<'kept' | 'broken' | 'open'> {
    let state: 'kept' | 'broken' | 'open' = 'open';
    promise.then(
      () => (state = 'kept'),
      () => (state = 'broken'),
    );
    await vi.advanceTimersByTimeAsync(0);
    return state;
  }

  it('gives as many permits as there are, and the next when one is given back', async () => {
    const semaphore = createSemaphore(2);
    const release = await semaphore.acquire();
    await semaphore.acquire();
    const third = semaphore.acquire();
    expect(await settled(third)).toBe('open');
    release();
    expect(await settled(third)).toBe('kept');
  });

  it('takes a permit back once, however often it is given back', async () => {
    const semaphore = createSemaphore(1);
    const release = await semaphore.acquire();
    release();
    release();
    await semaphore.acquire();
    expect(await settled(semaphore.acquire())).toBe('open');
  });

  it('serves those who wait in turn', async () => {
    const semaphore = createSemaphore(1);
    const release = await semaphore.acquire();
    const [first, second] = [semaphore.acquire(), semaphore.acquire()];
    release();
    expect(await settled(first)).toBe('kept');
    expect(await settled(second)).toBe('open');
    (await first)();
    expect(await settled(second)).toBe('kept');
  });

  it('sends those away who waited for 10 s, and gives their turn to the next', async () => {
    const semaphore = createSemaphore(1);
    const release = await semaphore.acquire();
    const late = semaphore.acquire();
    late.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(9999);
    expect(await settled(late)).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    await expect(late).rejects.toMatchObject({
      status: 503,
      id: 'too-busy',
      message: 'too many files of labels are being sent or received; try again shortly',
      headers: { 'Retry-After': '10' },
    });
    const next = semaphore.acquire();
    release();
    expect(await settled(next)).toBe('kept');
  });

  it('does not send away who has a permit', async () => {
    const semaphore = createSemaphore(1, 100);
    const release = await semaphore.acquire();
    await vi.advanceTimersByTimeAsync(1000);
    const next = semaphore.acquire();
    release();
    expect(await settled(next)).toBe('kept');
  });
});
