import type { Dialect } from './dialects.ts';
import { wrong } from './histogram.ts';
import { inWords } from './reply.ts';
import { DqmError, type ListedRun, type RunProgress, type Subject } from './source.ts';
import type { Question } from './asker.ts';

// Names of numbers in `DT/EventInfo`.
const runStart = 'runStartTimeStamp';
const lumisection = 'iLumiSection';
const eventTime = 'eventTimeStamp';

/** Asks one thing with all tries. */
type Ask = <Result>(question: Question<Result>) => Promise<Result>;

export interface AskedOfRun {
  dialect: Dialect;
  run: ListedRun;
  /** UTC seconds: the server may not answer from what it cached before. */
  notOlderThan: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** When a run began, milliseconds since 1970. @throws {DqmError} `absent` when the source does not say, `wrong-shape` for what cannot be. */
export async function askRunStart(ask: Ask, asked: AskedOfRun): Promise<number> {
  return startIn(await askNumbers(ask, asked, [runStart]), asked);
}

function startIn({ [runStart]: start }: Record<string, unknown>, { run, now }: AskedOfRun): number {
  const subject = { run: run.run };
  if (start === undefined) throw new DqmError('absent', 'the source does not say when it began', subject);
  return plausibleTime(secondsIn(start, runStart, subject), now, `it cannot have begun at`, subject);
}

/**
 * How far a run has come. What the source does not say, or cannot be, is null: before the first event there is a -1.
 *
 * @throws {DqmError} when the source gives no answer.
 */
export async function askProgress(ask: Ask, asked: AskedOfRun): Promise<RunProgress> {
  const subject = { run: asked.run.run };
  const { dialect, run, notOlderThan } = asked;
  // The classic server tells all numbers at once: nobody asks it again for the start.
  const isTold =
    dialect.eventInfo(run, runStart, notOlderThan) === dialect.eventInfo(run, lumisection, notOlderThan);
  const said = await askNumbers(ask, asked, [lumisection, eventTime, ...(isTold ? [runStart] : [])]);
  const [, section] = /^\s*(?:i=)?(\d{1,6})\s*$/.exec(String(said[lumisection])) ?? [];
  return {
    lumisection: section === undefined ? null : Number(section),
    eventAt: orNull(() =>
      plausibleTime(secondsIn(said[eventTime], eventTime, subject), asked.now, 'it cannot be of', subject),
    ),
    ...(isTold ? { startedAt: orNull(() => startIn(said, asked)) } : {}),
  };
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DqmError) return null;
    throw error;
  }
}

/** As the classic server tells them, all at once; the new one is asked for each. */
async function askNumbers(
  ask: Ask,
  { dialect, run, notOlderThan }: AskedOfRun,
  names: readonly string[],
): Promise<Record<string, unknown>> {
  const subject = { run: run.run };
  const paths = [...new Set(names.map((name) => dialect.eventInfo(run, name, notOlderThan)))];
  const answers = await Promise.all(
    paths.map((path) =>
      ask({
        path,
        subject,
        read: (reply, url) =>
          names
            .filter((name) => dialect.eventInfo(run, name, notOlderThan) === path)
            .map((name) => [name, dialect.parseEventInfo(reply, url, subject, name)] as const),
      }),
    ),
  );
  return Object.fromEntries(answers.flat().filter(([, value]) => value !== undefined));
}

/** Of seconds as text. Six significant digits, as histograms have them, would be a time to within an hour or so. */
function secondsIn(value: unknown, name: string, subject: Subject): number {
  const [, digits = '', exponent = ''] =
    typeof value === 'string' ? (/^\s*(?:f=)?(\d+(?:\.\d*)?)(e\+?\d{1,2})?\s*$/i.exec(value) ?? []) : [];
  if (digits.replace('.', '').length < 10) {
    throw wrong(`${name} must be UTC seconds, is ${inWords(value)}`, subject);
  }
  return Math.round(Number(digits + exponent) * 1000);
}

/** Before the detector took its first cosmic muons there is no run; clocks of servers differ by minutes at most. */
const firstStart = Date.UTC(2006, 0, 1);
const clocksDiffer = 10 * 60_000;

/** @throws {DqmError} wrong-shape for a time at which no run can have been taken. */
function plausibleTime(time: number, now: number, otherwise: string, subject: Subject): number {
  if (time >= firstStart && time <= now + clocksDiffer) return time;
  const said = Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : `${time} ms`;
  throw new DqmError('wrong-shape', `${otherwise} ${said}`, subject);
}
