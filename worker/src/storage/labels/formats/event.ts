import { z } from 'zod';
import { chamberOfRunSchema, labelEventSchema, labelMarkSchema, type LabelEvent } from '@dtdqm/contract';
import { formatCsv, parseCsv } from './csv.ts';

/** An event with what makes it whole: by these two, a request that is sent again after a move is still known. */
export interface StoredEvent extends LabelEvent {
  idempotencyKey: string;
  requestHash: string;
}

const storedEventSchema = labelEventSchema
  .extend({
    marks: z.array(labelMarkSchema),
    by: z.string().min(1).max(200),
    note: z.string().max(4000),
    idempotencyKey: z.string().min(1).max(200),
    requestHash: z.string().max(200),
  })
  .refine(({ kind, verdicts }) => (kind === 'label') === (verdicts !== null), {
    path: ['verdicts'],
    error: 'labels have verdicts, skips and undos have none',
  })
  .refine(({ kind, undoes }) => (kind === 'undo') === (undoes !== null), {
    path: ['undoes'],
    error: 'undos name the event that they take back, others do not',
  })
  .refine((event) => chamberOfRunSchema.safeParse(event).success, { error: 'there is no such chamber' });

export const eventFields = [
  'id',
  'kind',
  'at',
  'by',
  'run',
  'wheel',
  'station',
  'sector',
  'version',
  'verdicts',
  'marks',
  'note',
  'blind',
  'model',
  'scores',
  'queueReason',
  'seconds',
  'source',
  'undoes',
  'undoneBy',
  'idempotencyKey',
  'requestHash',
] as const;

export const eventHeader = eventFields.join(',');

/** JSON in one line. */
export function formatJson(event: StoredEvent): string {
  return JSON.stringify(event);
}

/** Lists and objects as JSON in their field; nothing for null. */
export function formatEvent({ seen, ...event }: StoredEvent): string {
  const flat: Record<string, unknown> = { ...event, ...seen };
  return formatCsv(
    eventFields.map((field) => {
      const value = flat[field] ?? null;
      return value !== null && typeof value === 'object'
        ? JSON.stringify(value)
        : (value as string | number | boolean | null);
    }),
  );
}

export function parseJson(record: string): StoredEvent | { reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    return { reason: 'is not JSON' };
  }
  return check(value);
}

export function parseEvent(record: string): StoredEvent | { reason: string } {
  const fields = parseCsv(record);
  if (fields?.length !== eventFields.length)
    return { reason: `must have the ${eventFields.length} fields of the header` };
  const flat = Object.fromEntries(eventFields.map((name, index) => [name, fields[index] ?? '']));
  try {
    const { model, scores, ...event } = Object.fromEntries(
      Object.entries(flat).map(([name, text]) => [name, readField(name, text)]),
    );
    return check({ ...event, seen: { model, scores } });
  } catch {
    return { reason: 'verdicts, marks or scores are not JSON' };
  }
}

function readField(name: string, text: string): unknown {
  if (name === 'note') return text;
  if (text === '') return null;
  if (['verdicts', 'marks', 'scores'].includes(name)) return JSON.parse(text);
  if (['run', 'wheel', 'station', 'sector', 'version', 'seconds'].includes(name)) return Number(text);
  return name === 'blind' ? text === 'true' : text;
}

function check(value: unknown): StoredEvent | { reason: string } {
  const parsed = storedEventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return { reason: `${path === '' ? '' : `${path}: `}${issue?.message ?? 'invalid'}`.slice(0, 300) };
}
