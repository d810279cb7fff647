import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allChambers, type ChamberId } from '@dtdqm/contract';
import { histories, honestFrom, isListed, shownAt, truthAt, type History } from './adversary.fixture.ts';
import type { FetchedChamber } from '../dqm/source.ts';
import { isLacking, lookAtRun, type HadChamber } from './look.ts';
import { afterFailure, afterLook, isOver, kindOfLook, newLife, type Look, type RunLife } from './runLife.ts';

const hour = 3600;
const chambers = allChambers.slice(0, 4);
const positionOf = (chamber: ChamberId) => chambers.indexOf(chamber);

interface Told {
  life: RunLife;
  had: HadChamber[];
  requests: number;
  /** Looks since the run was last taken for over. */
  looksWhenOver: number;
}

/** Lives a history by a simulated clock of seconds, as the pipeline does by a real one: the listing is asked for once a minute. */
async function live(history: History, check: (told: Told, at: number) => void): Promise<Told> {
  const told: Told = { life: newLife(0), had: [], requests: 0, looksWhenOver: 0 };
  const byHand = [...history.byHand].sort((a, b) => a - b);
  // Longer than the run, the two days of looks at it, and the source's mischief together; the newest run is looked at for ever.
  const end = history.nextRun === null ? 64 * hour : 7 * 24 * hour;
  for (let at = 0; at < end;) {
    const isAsked = byHand[0] !== undefined && byHand[0] <= at;
    if (isAsked) byHand.shift();
    const isDue = told.life.lookAt !== null && told.life.lookAt <= at * 1000;
    const hasAny = told.had.some(({ state }) => state === 'present');
    if (isAsked || (isDue && (hasAny || isListed(history, at) === true))) {
      await lookOnce(history, told, at, isAsked);
      check(told, at);
    }
    const next = Math.min(
      told.life.lookAt === null ? Infinity : told.life.lookAt / 1000,
      byHand[0] ?? Infinity,
    );
    if (next === Infinity) break;
    at = Math.max(at + 60, Math.ceil(next / 60) * 60);
  }
  return told;
}

async function lookOnce(history: History, told: Told, at: number, isAsked: boolean): Promise<void> {
  const newer = history.nextRun !== null && at >= history.nextRun;
  const moment = { now: at * 1000, newer };
  const wasOver = isOver(told.life);
  told.looksWhenOver = wasOver ? told.looksWhenOver + 1 : 0;
  const kind = isAsked ? 'whole' : kindOfLook(told.life, moment);
  const looked = await lookAtRun(
    told.had,
    chambers,
    { kind, isPatient: wasOver, now: moment.now },
    async (wanted) => {
      told.requests += wanted.length;
      return wanted.map((chamber) => answer(history, chamber, at));
    },
  );
  const failed = looked.failures.length;
  if (looked.whole && failed === chambers.length) {
    told.life = afterFailure(told.life, moment, 'away');
    return;
  }
  told.had = looked.chambers;
  const look: Look = {
    ...moment,
    whole: looked.whole,
    grew: looked.grew,
    had: told.had.filter(({ state }) => state === 'present').length,
    lacking: told.had.filter(isLacking).length,
    failed,
    listed: isListed(history, at) === true,
  };
  told.life = afterLook(told.life, look);
}

function answer(history: History, chamber: ChamberId, at: number): FetchedChamber {
  const shown = shownAt(history, positionOf(chamber), at);
  if (shown.what === 'absent' || shown.what === 'failed') {
    return { ...chamber, state: shown.what, reason: shown.what };
  }
  const row = shown.what === 'hits' ? [shown.hits] : [0, 0];
  return { ...chamber, state: 'present', matrix: [row] };
}

const hitsOf = (had: readonly HadChamber[]) =>
  had.map((chamber) => (chamber.state === 'present' ? chamber.hits : null));

const cachedForLong: History = {
  rates: [33, 1, 1, 1],
  begins: 0,
  pauses: [],
  mischief: [{ from: 0, until: 22_081, what: 'partly-cached' }],
  absurd: false,
  byHand: [],
  ends: 60,
  nextRun: null,
};

test(
  'whatever a source does, in the end the greatest honest snapshot of each chamber is had, and the run is final',
  { timeout: 300_000 },
  async () => {
    let count = 0;
    const states = new Set<string>();
    await fc.assert(
      fc.asyncProperty(histories(chambers.length), async (history) => {
        count += 1;
        let before: (number | null)[] = [];
        let lookAtBefore = -1;
        const told = await live(history, ({ life, had }, at) => {
          states.add(life.state);
          const hits = hitsOf(had);
          const wrong = hits.flatMap((each, index) => {
            const [least, most] = [before[index] ?? 0, truthAt(history, index, at)];
            return each === null
              ? least > 0
                ? `${index} lost`
                : []
              : each < least || each > most
                ? `${index} fell`
                : [];
          });
          if (life.state === 'final' && (hits.includes(null) || hits.length < chambers.length))
            wrong.push('final');
          if ((life.lookAt ?? Infinity) <= at * 1000 || at * 1000 <= lookAtBefore) wrong.push('no progress');
          if (wrong.length > 0) throw new Error(`at ${at} s: ${wrong.join(', ')}`);
          lookAtBefore = at * 1000;
          before = hits;
        });
        const end = Math.max(honestFrom, history.ends + 60);
        expect(hitsOf(told.had)).toEqual(chambers.map((_, index) => truthAt(history, index, end)));
        expect(told.life.state).toBe('final');
        expect(told.had.filter(isLacking)).toEqual([]);
        // The newest run is looked at for ever, others are left after two days.
        expect(told.life.lookAt === null).toBe(history.nextRun !== null);
      }),
      {
        numRuns: 1000,
        // A cache that shows two chambers as they were for longer than six hours, found by chance in a thousand.
        examples: [[cachedForLong]],
      },
    );
    expect(count).toBeGreaterThanOrEqual(1000);
    expect([...states].sort()).toEqual([
      'error',
      'final',
      'growing',
      'incomplete',
      'listed',
      'reopened',
      'settling',
    ]);
  },
);

test('a run that is final stays so when its source shows less of it afterwards', () => {
  const [hours, none] = [hour * 1000, { failed: 0, lacking: 2, had: 4 }];
  const look = { ...none, now: 3 * hours, newer: true, whole: true, grew: false, listed: true };
  const final: RunLife = {
    state: 'final',
    reason: 'all chambers had',
    since: 0,
    grewAt: 0,
    overAt: hours,
    lookAt: null,
  };
  expect(afterLook(final, look).state).toBe('final');
  expect(afterLook({ ...final, state: 'settling' }, look).state).toBe('incomplete');
});
