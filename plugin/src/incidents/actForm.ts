import { incidentActSchema, type IncidentAct } from '@dtdqm/contract';
import type { ActBinding } from './acts.ts';

/** What the form of an act holds, as it was typed. */
export interface ActFields {
  comment: string;
  owner: string;
  reason: string;
  /** How long it is to be quiet, days. */
  days: number;
  /** Number of the other incident. */
  other: string;
  /** Layers to take out, e.g. `1, 3`. */
  layers: string;
  /** Wires to take out, e.g. `10-20`. */
  wires: string;
}

export const emptyFields: ActFields = {
  comment: '',
  owner: '',
  reason: '',
  days: 7,
  other: '',
  layers: '',
  wires: '',
};

const day = 86_400_000;

/**
 * The act as the API wants it, or why it cannot be sent yet, in one line.
 *
 * @param now ms since the epoch.
 */
export function actOf(
  { action, needs }: ActBinding,
  fields: ActFields,
  idempotencyKey: string,
  now: number,
): { act: IncidentAct } | { fault: string } {
  const { owner, reason, days, other, layers, wires } = fields;
  const said = { action, idempotencyKey, comment: fields.comment.trim() };
  const more = {
    nothing: {},
    comment: {},
    shelf: { owner: owner.trim(), reason: reason.trim(), until: new Date(now + days * day).toISOString() },
    other: { [action === 'merge' ? 'into' : 'to']: Number(other) },
    part: {
      ...(layers.trim() ? { layers: layers.split(/[\s,]+/).map(Number) } : {}),
      ...(wires.trim() ? { wires: rangeOf(wires) } : {}),
    },
  }[needs];
  if (needs === 'part' && Object.keys(more).length === 0) return { fault: 'name layers or wires' };
  const parsed = incidentActSchema.safeParse({ ...said, ...more });
  if (parsed.success) return { act: parsed.data };
  const [issue] = parsed.error.issues;
  return { fault: `${words[String(issue?.path[0])] ?? 'this'} ${rules[needs]}` };
}

const words: Record<string, string> = {
  comment: 'the comment',
  owner: 'the owner',
  reason: 'the reason',
  to: 'the other incident',
  into: 'the other incident',
  layers: 'layers',
  wires: 'wires',
};
const rules = {
  nothing: 'cannot be sent',
  comment: 'must not be empty',
  shelf: 'must not be empty',
  other: 'must be given by its number',
  part: 'must be numbers, such as 1, 3 for layers or 10-20 for wires',
};

function rangeOf(text: string): { first: number; last: number } {
  const [first, last] = text.split('-').map(Number);
  return { first: first ?? Number.NaN, last: last ?? first ?? Number.NaN };
}
