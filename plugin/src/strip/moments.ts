import {
  liveMinutes,
  livesInProgress,
  type Run,
  type RunMoment,
  type RunSlices,
  type RunSpan,
} from '@dtdqm/contract';

/** `14:02-14:03, LS 311-314`; `until 14:03, LS 314` where the beginning is not known. */
export function spanInWords({ from, to }: RunSpan): string {
  const sections = lumisectionsInWords(from, to);
  const time = from === null ? `until ${clock(to.at)}` : clockRange(from.at, to.at);
  return sections ? `${time}, ${sections}` : time;
}

function lumisectionsInWords(from: RunMoment | null, to: RunMoment): string {
  const [first, last] = [from?.lumisection ?? null, to.lumisection];
  if (last === null) return '';
  return first === null || first === last ? `LS ${last}` : `LS ${first}-${last}`;
}

/** With seconds where both are in the same minute. */
function clockRange(from: string, to: string): string {
  const [first, last] = [clock(from), clock(to)];
  return first === last ? `${clock(from, true)}-${clock(to, true)}` : `${first}-${last}`;
}

/** `14:02` local time. @param at ISO 8601, or ms since the epoch. */
export function clock(at: string | number, withSeconds = false): string {
  return new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  });
}

/** `2026-11-28 14:02:10 UTC`. */
function utc(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A span in UTC, for those who hover. */
export function spanInUtc({ from, to }: RunSpan): string {
  return from === null ? `until ${utc(to.at)}` : `${utc(from.at)} to ${utc(to.at)}`;
}

/** `1 min`, `40 s`, `2 h 5 min`. @param milliseconds from 0. */
export function lengthInWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ''}`;
}

/** Without a look that brought hits for so long something is wrong, ms. */
const behindAtMost = liveMinutes * 60_000;

/**
 * How far behind what is shown of a run is.
 * - `live`: as new as looks allow
 * - `stopped`: believed to be in progress, and nothing new comes
 * - `early`: in progress, and nothing of its inside is known yet
 * - `over`
 */
export interface Liveness {
  tone: 'live' | 'stopped' | 'early' | 'over';
  words: string;
}

/**
 * @param lookedAt when the source was last asked for the run, ISO 8601; null when that is not known.
 * @param now ms since the epoch.
 */
export function livenessOf(
  { live, latest }: Pick<RunSlices, 'live' | 'latest'>,
  lookedAt: string | null,
  now: number,
): Liveness {
  if (!live) return { tone: 'over', words: 'over' };
  const sinceAsked = lookedAt === null ? Infinity : now - Date.parse(lookedAt);
  const isAsked = sinceAsked <= behindAtMost;
  if (latest === null) {
    return isAsked || lookedAt === null
      ? { tone: 'early', words: 'live, nothing of its inside yet' }
      : { tone: 'stopped', words: `looks stopped ${lengthInWords(sinceAsked)} ago` };
  }
  const behind = now - Date.parse(latest.at);
  if (behind <= behindAtMost) return { tone: 'live', words: `live, ${lengthInWords(behind)} behind` };
  const age = lengthInWords(behind);
  return isAsked
    ? { tone: 'stopped', words: `no new hits for ${age}` }
    : { tone: 'stopped', words: `looks stopped ${age} ago` };
}

/** The newest run that may be in progress; null when none may. @param runs newest first. */
export function runInProgress(runs: readonly Run[]): Run | null {
  return runs.find(({ life }) => livesInProgress.includes(life)) ?? null;
}
