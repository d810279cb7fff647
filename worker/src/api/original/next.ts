import type { ChamberOfRun } from '@dtdqm/contract';
import { nextChambers } from '../../learning/queue/next.ts';
import { defaultStrategy } from '../../learning/strategies/strategies.ts';
import type { Database } from '../../storage/database.ts';
import { currentLabel } from '../../storage/labels/read.ts';
import { skipChamber } from '../../storage/labels/undo.ts';
import { chamberParamsSchema, chamberPath } from '../chambers.ts';
import { loadChamber } from '../chamberData.ts';
import { answerLabelErrors } from '../labels.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Answer, type Call, type Route } from '../route.ts';

const tag = 'Original tool';
const redirects = {
  302: { description: 'To the page of the next chamber' },
  404: { description: 'No chamber waits to be labelled' },
};

export const nextRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/eval/next',
    tag,
    summary: 'To the chamber that comes next, which is leased to the caller',
    role: 'editor',
    answers: redirects,
    handle: toNext,
  }),
  defineRoute({
    method: 'get',
    path: `/eval/skip/${chamberPath}`,
    tag,
    summary: 'Mark a chamber as skipped, then to the next one',
    role: 'editor',
    changes: true,
    params: chamberParamsSchema,
    answers: redirects,
    async handle(call) {
      const { params, caller, deps } = call;
      await loadChamber(deps.database, params);
      await answerLabelErrors(skipOnce(deps.database, caller.name, params));
      return toNext(call);
    },
  }),
];

/** The original has no idempotency keys: whoever opens the address again means the skip that is there. */
async function skipOnce(database: Database, expert: string, chamber: ChamberOfRun): Promise<void> {
  const { run, wheel, station, sector } = chamber;
  const { rowCount } = await database.query(
    'select from current_skip where run = $1 and wheel = $2 and station = $3 and sector = $4',
    [run, wheel, station, sector],
  );
  if (rowCount !== 0) return;
  // Two at once build on the same version, and so are one.
  const { version } = await currentLabel(database, chamber);
  const idempotencyKey = `original:skip:${run}:${wheel}:${station}:${sector}:${version}`;
  await skipChamber(database, expert, { ...chamber, idempotencyKey }, 'original');
}

async function toNext({ caller, deps }: Pick<Call<never, never, never>, 'caller' | 'deps'>): Promise<Answer> {
  const [next] = await nextChambers(deps.database, {
    expert: caller.name,
    strategy: deps.config.strategy ?? defaultStrategy,
    auditShare: deps.config.auditShare,
    aggregator: deps.config.aggregator,
  });
  if (next === undefined) throw notFound('no chamber waits to be labelled');
  const { run, wheel, sector, station } = next;
  return {
    status: 302,
    headers: { Location: `/eval/${run}/${wheel}/${sector}/${station}/`, 'Cache-Control': 'no-store' },
  };
}
