import { type Matrix, parseChamber } from '@dtdqm/contract';
import type { SourceRun } from '../sources/replay.ts';
import { type Answer, type Tampering, noSuchPlot } from './answer.ts';
import type { Cells } from './histograms.ts';
import type { Hit, Memory } from './misbehaviour.ts';
import type { Action } from './rules.ts';

/** Changes that the hits of a request make to its histogram, or to its listing of runs. */
export function tamperingOf(hits: readonly Hit[]): Tampering {
  const other = hits.flatMap(({ action }) => (action.do === 'other-chamber' ? [action] : [])).at(-1);
  const odd = hits.flatMap(({ action }) => (action.do === 'odd-entries' ? [action] : []));
  return {
    missing: hits.some(isMissing),
    chamber: (asked) => (other ? parseChamber(other.of) : asked),
    named: (asked) => (other?.named === 'as-it-is' ? parseChamber(other.of) : asked),
    matrix: (matrix) => hits.reduce(changedMatrix, matrix),
    cells: (cells) => hits.reduce((soFar, { action }) => changedCells(soFar, action), cells),
    runs: (runs) => (odd.some(({ only }) => only) ? [] : hits.reduce(withMoreRuns, runs)),
    entries: odd.flatMap(({ entries }) => entries),
  };
}

function isMissing({ action, before }: Hit): boolean {
  if (action.do !== 'forget') return action.do === 'missing';
  const { afterFetches, fetches = Infinity } = action;
  return before >= afterFetches && before < afterFetches + fetches;
}

function withMoreRuns(runs: SourceRun[], { action }: Hit): SourceRun[] {
  const dataset = runs[0]?.dataset ?? 'Global/Online/ALL';
  if (action.do === 'absurd-run') return [...runs, { run: action.run, dataset, lumisections: 1 }];
  if (action.do !== 'huge-listing') return runs;
  const more = Array.from({ length: action.runs }, (_, index) => ({
    run: action.firstRun + index,
    dataset: action.dataset ?? dataset,
    lumisections: 1,
  }));
  return more.concat(runs);
}

function changedMatrix(matrix: Matrix, hit: Hit): Matrix {
  const { action, before } = hit;
  if (action.do === 'grow') return grown(matrix, action, hit);
  if (action.do === 'restart') return restarted(matrix, action.afterFetches, hit);
  if (action.do === 'merge') return merged(matrix, action, hit);
  if (action.do !== 'change-width' || before < action.afterFetches) return matrix;
  return matrix.map((row) =>
    action.by < 0 ? row.slice(0, action.by) : [...row, ...Array.from({ length: action.by }, () => 0)],
  );
}

function grown(matrix: Matrix, growth: Action & { do: 'grow' }, { before, seconds }: Hit): Matrix {
  const { start, perFetch, perSecond, lumisections, pauseAt = Infinity, pauseFetches, pauseSeconds } = growth;
  const after = (fetches: number, time: number) => start + perFetch * fetches + perSecond * time;
  const paused = after(Math.max(0, before - pauseFetches), Math.max(0, seconds - pauseSeconds));
  // Before the pause all counts; then nothing, until what came during the pause has been left out.
  const recorded = Math.max(Math.min(after(before, seconds), pauseAt), paused);
  const share = Math.min(1, Math.floor(recorded) / lumisections);
  return matrix.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * share) : hits)));
}

/** Counts since the last fetch before the restart. */
function restarted(matrix: Matrix, afterFetches: number, { before, memory }: Hit): Matrix {
  if (before < afterFetches) memory.base = matrix;
  const { base } = memory;
  if (before < afterFetches || !base) return matrix;
  return matrix.map((row, y) => row.map((hits, x) => (hits > 0 ? hits - (base[y]?.[x] ?? 0) : hits)));
}

/** Layers as they were two fetches ago, which is less than was shown since. */
function merged(
  matrix: Matrix,
  { layers, afterFetches, fetches }: Action & { do: 'merge' },
  hit: Hit,
): Matrix {
  const [earlier = matrix] = remember(hit.memory, matrix);
  if (hit.before < afterFetches || hit.before >= afterFetches + fetches) return matrix;
  return matrix.map((row, y) => (layers.includes(y + 1) ? (earlier[y] ?? row) : row));
}

/** @returns what was remembered before: the last two fetches, the older one first. */
function remember(memory: Memory, matrix: Matrix): Matrix[] {
  const before = memory.seen;
  memory.seen = [...before, matrix].slice(-2);
  return before;
}

function changedCells(cells: Cells, action: Action): Cells {
  switch (action.do) {
    case 'nan':
    case 'inf': {
      const text = action.do === 'nan' ? 'nan' : '"inf"';
      return cells.map((row, y) =>
        row.map((cell, x) => (y === action.layer - 1 && x === action.wire - 1 ? text : cell)),
      );
    }
    case 'wrong-shape':
      return action.ragged ? [...cells.slice(0, -1), (cells.at(-1) ?? []).slice(0, -1)] : cells.slice(0, -1);
    default:
      return cells;
  }
}

const loginPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head>' +
  '<body><form method="post" action="/auth/login"><input name="username"><input type="password" name="password">' +
  '</form></body></html>\n';

const text = (body: string, type = 'text/plain; charset=utf-8'): Answer => ({
  status: 200,
  headers: { 'content-type': type },
  body,
});

/** Changes that one action makes to the answer as a whole. */
export function tamperedAnswer(answer: Answer, action: Action): Answer {
  switch (action.do) {
    case 'status': {
      const retryAfter = action.retryAfter ?? action.retryAfterSeconds?.toString();
      return {
        status: action.status,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
          ...(action.date === undefined ? {} : { date: action.date }),
        },
        body: `Status ${action.status}\n`,
      };
    }
    case 'answer':
      return { status: action.status, headers: { 'content-type': action.type }, body: action.body };
    case 'redirect':
      return { status: 302, headers: { location: action.to }, body: '' };
    case 'login-page':
      return text(loginPage, 'text/html; charset=utf-8');
    case 'truncated-json':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length * action.keep)) };
    case 'invalid-json':
      return { ...answer, body: answer.body.replace(':', '=') };
    case 'unsupported-type':
      return noSuchPlot('classic');
    case 'interrupted':
      return text('"error":"JSON preparing process was interrupted."\n');
    case 'exception':
      return text('Traceback (most recent call last): RuntimeError: failed to read object from index\n');
    default:
      return answer;
  }
}
