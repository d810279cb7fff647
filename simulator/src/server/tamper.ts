import type { Matrix } from '@dtdqm/contract';
import { noSuchPlot, type Answer, type Tampering } from './answer.ts';
import type { Hit } from './misbehaviour.ts';
import type { Action } from './rule.ts';
import type { Cells } from './histogramText.ts';

/** Changes that the hits of a request make to its histogram. */
export function tamperingOf(hits: readonly Hit[]): Tampering {
  return {
    missing: hits.some(({ action }) => action.do === 'missing'),
    matrix: (matrix) => hits.reduce(grown, matrix),
    cells: (cells) => hits.reduce((soFar, { action }) => changedCells(soFar, action), cells),
  };
}

function grown(matrix: Matrix, { action, before, seconds }: Hit): Matrix {
  if (action.do !== 'grow') return matrix;
  const recorded = action.start + action.perFetch * before + action.perSecond * seconds;
  const share = Math.min(1, Math.floor(recorded) / action.lumisections);
  return matrix.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * share) : hits)));
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
    case 'status':
      return {
        status: action.status,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          ...(action.retryAfterSeconds === undefined
            ? {}
            : { 'retry-after': String(action.retryAfterSeconds) }),
        },
        body: `Status ${action.status}\n`,
      };
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
