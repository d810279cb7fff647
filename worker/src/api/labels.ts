import { z } from 'zod';
import {
  chamberOfRunSchema,
  labelErrorIds,
  agreementSchema,
  errorSchema,
  labelAnswerSchema,
  labelConflictSchema,
  labelHistorySchema,
  labelPageSchema,
  labelUndoSchema,
  labelWriteSchema,
  labelImportReportSchema,
} from '@dtdqm/contract';
import { pageSizeSchema, defineRoute, type Route } from './route.ts';
import { LabelConflictError, LabelError, type LabelErrorId, writeLabel } from '../storage/labels/journal.ts';
import { Problem } from './problem.ts';
import { measureAgreement } from '../learning/agreement/measureAgreement.ts';
import { eventsOf, labelHistory, sharedOpinions } from '../storage/labels/read.ts';
import { undoEvent } from '../storage/labels/undo.ts';
import { mayAct } from './auth.ts';
import { Readable } from 'node:stream';
import { exportLabels, importLabels } from '../storage/labels/transfer.ts';

const tag = 'Labels';

/** Query of the history: one chamber of one run. */
export const historyQuerySchema = chamberOfRunSchema;

export const mineQuerySchema = z.strictObject({
  limit: pageSizeSchema,
  /** `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'must be the nextCursor of a page' })
    .optional(),
});

export const exportFormats = ['jsonl', 'csv', 'original'] as const;

export const exportQuerySchema = z.strictObject({
  /** `jsonl` and `csv` hold every event whole; `original` is the original tool's CSV of labels in force. */
  format: z.enum(exportFormats, { error: `must be one of ${exportFormats.join(', ')}` }).default('jsonl'),
});

const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

export const importQuerySchema = z.strictObject({
  format: z.enum(exportFormats, { error: `must be one of ${exportFormats.join(', ')}` }),
  /** Whose labels those of the original form are, which names nobody; the caller's unless set. */
  expert: z.string().min(1).max(200).optional(),
  /** Store nothing at all when any line is refused. */
  strict: flag.default(false),
});

const statuses: Record<LabelErrorId, number> = {
  'not-found': 404,
  [labelErrorIds.conflict]: 409,
  [labelErrorIds.alreadyUndone]: 409,
  [labelErrorIds.leaseLost]: 409,
  [labelErrorIds.idempotencyKeyReused]: 422,
  [labelErrorIds.notYours]: 403,
};

/** Answers what the label store refuses; a conflict with both versions. */
export async function answerLabelErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LabelError)) throw error;
    throw new Problem(statuses[error.id], error.id, error.message, {
      cause: error,
      ...(error instanceof LabelConflictError ? { extra: { conflict: error.conflict } } : {}),
    });
  }
}

const refused = { description: 'Refused; the id says why', schema: errorSchema };

export const journalRoutes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/api/v1/labels',
    tag,
    summary: 'Label a chamber of a run; repeats of a request change nothing and get the same answer',
    role: 'editor',
    body: labelWriteSchema,
    answers: {
      201: { description: 'The event, as stored', schema: labelAnswerSchema },
      409: { description: 'Labelled by someone else since: both versions', schema: labelConflictSchema },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      return {
        status: 201,
        body: { event: await answerLabelErrors(writeLabel(deps.database, caller.name, body)) },
      };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/labels/undo',
    tag,
    summary: "Take back a label or skip of one's own, by an event of its own",
    role: 'editor',
    body: labelUndoSchema,
    answers: {
      201: { description: 'The undoing event', schema: labelAnswerSchema },
      403: { ...refused, description: 'The event is someone else’s; admins may' },
      404: { ...refused, description: 'There is no such event' },
      409: { ...refused, description: 'It was taken back before' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      const everyones = mayAct(caller, 'admin');
      const event = await answerLabelErrors(undoEvent(deps.database, caller.name, body, { everyones }));
      return { status: 201, body: { event } };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/history',
    tag,
    summary: 'All that was said of one chamber of one run, and the label in force',
    role: 'viewer',
    query: historyQuerySchema,
    answers: { 200: { description: 'Events, oldest first; none is no error', schema: labelHistorySchema } },
    async handle({ query, deps }) {
      return { body: await labelHistory(deps.database, query) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/mine',
    tag,
    summary: "One's own events, newest first",
    role: 'viewer',
    query: mineQuerySchema,
    answers: { 200: { description: 'A page of events', schema: labelPageSchema } },
    async handle({ query, caller, deps }) {
      const { limit, cursor = null } = query;
      return { body: await eventsOf(deps.database, { expert: caller.name, limit, cursor }) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/agreement',
    tag,
    summary: 'How far experts agree who judged the same chambers',
    role: 'viewer',
    answers: { 200: { description: 'Coefficients with 95 % bootstrap intervals', schema: agreementSchema } },
    async handle({ deps }) {
      return { body: measureAgreement(await sharedOpinions(deps.database)) };
    },
  }),
];

const types = { jsonl: 'application/x-ndjson', csv: 'text/csv', original: 'text/csv' } as const;
const extensions = { jsonl: 'jsonl', csv: 'csv', original: 'csv' } as const;

export const transferRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/export',
    tag,
    summary: 'All labels as a file, as they stood when the export began',
    role: 'viewer',
    query: exportQuerySchema,
    answers: { 200: { description: 'Lines of JSON, or CSV with a header', type: 'application/x-ndjson' } },
    async handle({ query: { format }, deps }) {
      const release = await deps.transfers.acquire();
      return {
        body: Readable.from(exportLabels(deps.database, format)).once('close', release),
        type: types[format],
        headers: { 'Content-Disposition': `attachment; filename="labels.${extensions[format]}"` },
      };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/labels/import',
    tag,
    summary: 'Take in a file of labels; the same file may come any number of times',
    role: 'admin',
    query: importQuerySchema,
    streams: ['text/csv', 'application/x-ndjson', 'application/jsonl', 'text/plain'],
    answers: {
      200: { description: 'What was taken, already there or refused', schema: labelImportReportSchema },
    },
    async handle({ query: { format, expert, strict }, caller, deps, ctx }) {
      const release = await deps.transfers.acquire();
      try {
        const options = { format, strict, expert: expert ?? caller.name };
        return { body: await importLabels(deps.database, ctx.req, options) };
      } finally {
        release();
      }
    },
  }),
];

export const labelRoutes: readonly Route[] = [...journalRoutes, ...transferRoutes];
