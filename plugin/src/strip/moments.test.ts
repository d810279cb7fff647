import { describe, expect, it } from 'vitest';
import type { Run } from '@dtdqm/contract';
import { livenessOf, runInProgress } from './moments.ts';

const now = Date.parse('2026-11-28T14:10:00Z');
const ago = (seconds: number) => new Date(now - 1000 * seconds).toISOString();
const latest = (seconds: number) => ({ at: ago(seconds), lumisection: 12 });

describe('a run in progress', () => {
  it.each([
    ['is as new as looks allow', latest(62), ago(2), 'live', 'live, 1 min behind'],
    ['has looks that stopped', latest(420), ago(420), 'stopped', 'looks stopped 7 min ago'],
    ['is asked for and shows nothing new', latest(420), ago(30), 'stopped', 'no new hits for 7 min'],
    ['is not known when it was asked for', latest(420), null, 'stopped', 'looks stopped 7 min ago'],
    ['was looked at once', null, ago(20), 'early', 'live, nothing of its inside yet'],
    ['was looked at once, long ago', null, ago(600), 'stopped', 'looks stopped 10 min ago'],
  ] as const)('that %s', (_, newest, lookedAt, tone, words) => {
    expect(livenessOf({ live: true, latest: newest }, lookedAt, now)).toEqual({ tone, words });
  });

  it('is over when it is believed to be, however new', () => {
    expect(livenessOf({ live: false, latest: latest(5) }, ago(5), now).tone).toBe('over');
  });

  it('is the newest that may be one, not one that is final or failed', () => {
    const run = (number: number, life: Run['life']) => ({ run: number, life }) as Run;
    expect(runInProgress([run(4, 'error'), run(3, 'reopened'), run(2, 'growing')])?.run).toBe(3);
    expect(runInProgress([run(4, 'final'), run(3, 'incomplete')])).toBeNull();
  });
});
