import { z } from 'zod';
import {
  chamberOfRunSchema,
  agreementSchema,
  expertNameSchema,
  errorSchema,
  labelAnswerSchema,
  labelConflictSchema,
  labelHistorySchema,
  labelListAnswerSchema,
  labelListSchema,
  labelListUndoSchema,
  labelPageSchema,
  labelUndoSchema,
  labelWriteSchema,
  labelImportReportSchema,
  type LabelEvent,
} from '@dtdqm/contract';
import { defineRoutes, flagSchema, pageSizeSchema, type Route } from './route.ts';
import { writeLabel } from '../storage/labels/journal.ts';
import { eventsOf, labelHistory, spanLabels } from '../storage/labels/read.ts';
import { labelList, undoList } from '../storage/labels/list.ts';
import { undoEvent } from '../storage/labels/undo.ts';
import { mayAct } from './auth.ts';
import { requireKnownRun } from './runs.ts';
import { Readable } from 'node:stream';
import {
  exportLabels,
  importLabels,
  type ExportFormat,
  type ImportFormat,
} from '../storage/labels/transfer.ts';

const { get, post } = defineRoutes('Labels');

/** `seen`: with the scores that each expert saw. They are what the model says, and no sight for those who answer blind. */
const historyQuerySchema = chamberOfRunSchema.safeExtend({ seen: flagSchema.default(true) });

const mineQuerySchema = z.strictObject({
  limit: pageSizeSchema,
  /** `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'must be the nextCursor of a page' })
    .optional(),
});

/**
 * Forms of a file of labels: `jsonl` holds every event whole; `csv` is a table for people; `original` is the original tool's CSV, of
 * labels in force.
 */
const files = {
  jsonl: { type: 'application/x-ndjson', extension: 'jsonl' },
  csv: { type: 'text/csv', extension: 'csv' },
  original: { type: 'text/csv', extension: 'csv' },
} satisfies Record<ExportFormat, object>;
export const exportFormats = Object.keys(files) as ExportFormat[];
export const importFormats = ['jsonl', 'original'] as const satisfies readonly ImportFormat[];
export const flagMeanings = ['good', 'bad'] as const;
const oneOf = <const Name extends string>(names: readonly Name[]) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });

const exportQuerySchema = z.strictObject({ format: oneOf(exportFormats).default('jsonl') });

const importQuerySchema = z.strictObject({
  format: oneOf(importFormats),
  /** Whose labels those of the original form are, which names nobody; the caller's unless set. */
  expert: expertNameSchema.transform((name) => name.normalize('NFC')).optional(),
  /** Store nothing at all when any line is refused. */
  strict: flagSchema.default(false),
  /** What 1 means in the original form where no header says it: its export writes `bad`, its importer reads `good`. */
  flags: oneOf(flagMeanings).optional(),
  /** Layer 1 of the original form is the top row, as on its page. */
  topFirst: flagSchema.default(false),
  /** Only look: tell what would become of the lines, and store none. */
  check: flagSchema.default(false),
});

const refused = { description: 'Refused; the id says why', schema: errorSchema };

export const labelRoutes: readonly Route[] = [
  post('/api/v1/labels', {
    summary:
      'Label a chamber of a run, or of a span of it; repeats of a request change nothing and get the same answer',
    role: 'editor',
    body: labelWriteSchema,
    answers: {
      201: { description: 'The event, as stored', schema: labelAnswerSchema },
      404: { ...refused, description: 'The run is not stored here and never was' },
      409: { description: 'Labelled by someone else since: both versions', schema: labelConflictSchema },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      await requireKnownRun(deps.database, body.run);
      return { status: 201, body: { event: await writeLabel(deps.database, caller.name, body) } };
    },
  }),
  post('/api/v1/labels/undo', {
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
      const event = await undoEvent(deps.database, caller.name, body, { everyones });
      return { status: 201, body: { event } };
    },
  }),
  post('/api/v1/labels/list', {
    summary:
      'Give many chambers of a run one answer, all at once; those labelled before or without verdict are left as they are',
    role: 'editor',
    body: labelListSchema,
    answers: {
      201: { description: 'The events, and which chambers were left out', schema: labelListAnswerSchema },
      404: { ...refused, description: 'The run is not stored here and never was' },
      409: { ...refused, description: 'Another model has judged the run since' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      await requireKnownRun(deps.database, body.run);
      return { status: 201, body: await labelList(deps.database, caller.name, body) };
    },
  }),
  post('/api/v1/labels/list/undo', {
    summary: "Take back many labels of one's own: all of them, or none when one cannot be",
    role: 'editor',
    body: labelListUndoSchema,
    answers: {
      201: { description: 'The undoing events', schema: labelListAnswerSchema },
      403: { ...refused, description: 'An event is someone else’s; admins may' },
      404: { ...refused, description: 'There is no such event' },
      409: { ...refused, description: 'One was taken back before' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      const everyones = mayAct(caller, 'admin');
      return { status: 201, body: await undoList(deps.database, caller.name, body, { everyones }) };
    },
  }),
  get('/api/v1/labels/history', {
    summary: 'All that was said of one chamber of one run, the label in force, and those of spans of it',
    role: 'viewer',
    query: historyQuerySchema,
    answers: { 200: { description: 'Events, oldest first; none is no error', schema: labelHistorySchema } },
    async handle({ query: { seen, ...chamber }, caller, deps }) {
      const { version, current, events } = await labelHistory(deps.database, chamber);
      const labelled = await spanLabels(deps.database, chamber);
      const shown = <Event extends Pick<LabelEvent, 'seen'>>(event: Event): Event =>
        seen ? event : { ...event, seen: { ...event.seen, model: null, scores: null } };
      const mine = current?.by === caller.name;
      const spans = labelled.map((label) => ({ ...shown(label), mine: label.by === caller.name }));
      return {
        body: { version, current: current && shown(current), mine, events: events.map(shown), spans },
      };
    },
  }),
  get('/api/v1/labels/mine', {
    summary: "One's own events, newest first",
    role: 'viewer',
    query: mineQuerySchema,
    answers: { 200: { description: 'A page of events', schema: labelPageSchema } },
    async handle({ query, caller, deps }) {
      const { limit, cursor = null } = query;
      return { body: await eventsOf(deps.database, { expert: caller.name, limit, cursor }) };
    },
  }),
  get('/api/v1/labels/agreement', {
    summary: 'How far experts agree who judged the same chambers',
    role: 'viewer',
    answers: { 200: { description: 'Coefficients with 95 % bootstrap intervals', schema: agreementSchema } },
    handle: async ({ deps }) => ({ body: await deps.agreement() }),
  }),
  get('/api/v1/labels/export', {
    summary: 'All labels as a file, as they stood when the export began',
    role: 'viewer',
    query: exportQuerySchema,
    answers: {
      200: {
        description: 'Lines of JSON, or CSV with a header',
        type: [...new Set(Object.values(files).map(({ type }) => type))],
      },
    },
    async handle({ query: { format }, deps }) {
      const release = await deps.transfers.acquire();
      return {
        body: Readable.from(exportLabels(deps.database, format)).once('close', release),
        type: files[format].type,
        headers: { 'Content-Disposition': `attachment; filename="labels.${files[format].extension}"` },
      };
    },
  }),
  post('/api/v1/labels/import', {
    summary: 'Take in a file of labels; the same file may come any number of times',
    role: 'admin',
    query: importQuerySchema,
    streams: ['text/csv', 'application/x-ndjson', 'application/jsonl', 'text/plain'],
    answers: {
      200: { description: 'What was taken, already there or refused', schema: labelImportReportSchema },
      422: { ...refused, description: 'Nobody can tell what the file says; nothing was stored' },
    },
    async handle({ query: { expert = '', check, ...query }, caller, deps, ctx }) {
      const release = await deps.transfers.acquire();
      try {
        const confirm = check ? { confirm: () => Promise.resolve(false) } : {};
        const options = { ...query, ...confirm, expert: expert || caller.name };
        return { body: await importLabels(deps.database, ctx.req, options) };
      } finally {
        release();
      }
    },
  }),
];
