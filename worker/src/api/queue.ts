import { z } from 'zod';
import {
  errorSchema,
  labelAnswerSchema,
  leaseSchema,
  queueLeaseIdSchema,
  queueLeaseSchema,
  queueNextAnswerSchema,
  queueNextSchema,
  queueProgressSchema,
  queueSkipSchema,
  queueUnskipSchema,
  queueWaitingAnswerSchema,
  secondOpinionsSchema,
  countSchema,
  runNumberSchema,
  strategyNameSchema,
  type StrategyName,
} from '@dtdqm/contract';
import { nextChambers, waitingChambers } from '../learning/queue/next.ts';
import { secondOpinions } from '../storage/queue/secondOpinions.ts';
import { defaultStrategy } from '../learning/strategies/strategies.ts';
import { skipChamber, unskipChamber } from '../storage/labels/undo.ts';
import { leaseChamber, releaseLabelLease, renewLabelLease } from '../storage/queue/leases.ts';
import { defineRoutes, flagSchema, type ApiDeps, type Route } from './route.ts';
import { requireKnownRun } from './runs.ts';

const { get, post } = defineRoutes('Queue');
const leaseOnlySchema = z.object({ lease: leaseSchema.shape.lease });
const refused = { description: 'Refused; the id says why', schema: errorSchema };

const waitingQuerySchema = z.strictObject({
  strategy: strategyNameSchema.optional(),
  count: countSchema(10).default(1),
  run: runNumberSchema.optional(),
  blind: flagSchema.default(false),
});

/** What was asked for, filled up by what is configured. */
function drawOf<Asked extends { strategy?: StrategyName | undefined }>(asked: Asked, { config }: ApiDeps) {
  const { auditShare, aggregator } = config;
  return { ...asked, strategy: asked.strategy ?? config.strategy ?? defaultStrategy, auditShare, aggregator };
}

export const queueRoutes: readonly Route[] = [
  get('/api/v1/queue/next', {
    summary: 'Look at the chambers that come next, without a lease',
    role: 'viewer',
    query: waitingQuerySchema,
    answers: {
      200: {
        description: 'Chambers and reasons; others may be shown the same',
        schema: queueWaitingAnswerSchema,
      },
    },
    handle: async ({ query, deps }) => ({
      body: { chambers: await waitingChambers(deps.database, drawOf(query, deps)) },
    }),
  }),
  post('/api/v1/queue/next', {
    summary: 'Lease the chambers that come next',
    role: 'editor',
    body: queueNextSchema,
    bodyOptional: true,
    answers: {
      200: {
        description: 'Chambers with leases and reasons; none when nothing waits',
        schema: queueNextAnswerSchema,
      },
    },
    handle: async ({ body, caller, deps }) => ({
      body: { leases: await nextChambers(deps.database, { ...drawOf(body, deps), expert: caller.name }) },
    }),
  }),
  get('/api/v1/queue/second-opinions', {
    summary: 'Chambers whose label did not teach in the last training, and that nobody answered since',
    role: 'viewer',
    query: z.strictObject({ blind: flagSchema.default(false) }),
    answers: {
      200: { description: 'The labels of others first', schema: secondOpinionsSchema },
    },
    handle: async ({ query, caller, deps }) => ({
      body: { chambers: await secondOpinions(deps.database, { ...query, expert: caller.name }) },
    }),
  }),
  post('/api/v1/queue/lease', {
    summary: 'Lease a chamber of one’s own choice',
    role: 'editor',
    body: queueLeaseSchema,
    answers: {
      200: {
        description:
          'The lease; null when the chamber is labelled or skipped, which one may label without a lease',
        schema: z.object({ lease: leaseSchema.shape.lease.nullable() }),
      },
      404: { ...refused, description: 'No model has scored the chamber' },
      409: { ...refused, description: 'Another expert has it' },
    },
    handle: async ({ body, caller, deps }) => ({
      body: { lease: await leaseChamber(deps.database, caller.name, body) },
    }),
  }),
  post('/api/v1/queue/renew', {
    summary: 'Renew a lease',
    role: 'editor',
    body: queueLeaseIdSchema,
    answers: {
      200: { description: 'The lease with its new end', schema: leaseOnlySchema },
      409: { ...refused, description: 'The lease has ended' },
    },
    handle: async ({ body, caller, deps }) => ({
      body: { lease: await renewLabelLease(deps.database, caller.name, body.lease) },
    }),
  }),
  post('/api/v1/queue/release', {
    summary: 'Give a leased chamber back',
    role: 'editor',
    body: queueLeaseIdSchema,
    answers: {
      200: {
        description: 'Whether there was something to give back',
        schema: z.object({ released: z.boolean() }),
      },
    },
    handle: async ({ body, caller, deps }) => ({
      body: { released: await releaseLabelLease(deps.database, caller.name, body.lease) },
    }),
  }),
  post('/api/v1/queue/skip', {
    summary: 'Take a chamber out of the queue without a label, until the skip is taken back',
    role: 'editor',
    body: queueSkipSchema,
    answers: {
      201: { description: 'The event, as stored', schema: labelAnswerSchema },
      404: { ...refused, description: 'The run is not stored here and never was' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      await requireKnownRun(deps.database, body.run);
      return { status: 201, body: { event: await skipChamber(deps.database, caller.name, body) } };
    },
  }),
  post('/api/v1/queue/unskip', {
    summary: 'Take back the skip in force, whoever made it',
    role: 'editor',
    body: queueUnskipSchema,
    answers: {
      201: { description: 'The undoing event', schema: labelAnswerSchema },
      404: { ...refused, description: 'The chamber is not skipped' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    handle: async ({ body, caller, deps }) => ({
      status: 201,
      body: { event: await unskipChamber(deps.database, caller.name, body) },
    }),
  }),
  get('/api/v1/queue/progress', {
    summary: 'How far labelling has come, and what share of layers is bad by the random draws',
    role: 'viewer',
    answers: { 200: { description: 'Counts', schema: queueProgressSchema } },
    handle: async ({ caller, deps }) => ({
      body: await deps.queueProgress(deps.config.strategy ?? defaultStrategy, caller.name),
    }),
  }),
];
