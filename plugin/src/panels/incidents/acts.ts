import {
  incidentActions,
  incidentActSchema,
  type Incident,
  type IncidentAct,
  type IncidentAction,
  type IncidentDetail,
} from '@dtdqm/contract';
import { standingOf } from './model.ts';
import { useCallback, useState } from 'react';
import { asProblem, type Problem } from '../../api/problem.ts';
import { newKey } from '../../api/monitorApi.ts';
import { type Press, plainKeyOf } from '../../components/press.ts';

/** What has to be said with an act before it can be done. */
export type ActNeeds = 'nothing' | 'comment' | 'shelf' | 'other' | 'part';

export interface ActBinding {
  action: IncidentAction;
  /** Key, as shown on the button. */
  key: string;
  label: string;
  needs: ActNeeds;
  /** Whether it makes sense for the incident as it is; the API has the last word. */
  fits: (incident: Incident) => boolean;
}

const isThere = (incident: Incident) => incident.state !== 'healed';
const act = (
  key: string,
  label: string,
  needs: ActNeeds,
  fits: ActBinding['fits'],
): Omit<ActBinding, 'action'> => ({ key, label, needs, fits });

/**
 * The one table from which keys and buttons are made, in their order; null for what has no button. Of two acts on one key only one
 * fits an incident at a time. The keys j, k, l, y, / and ? walk, label, copy, search and help where there are incidents.
 */
const actTable: Record<IncidentAction, Omit<ActBinding, 'action'> | null> = {
  acknowledge: act('a', 'Acknowledge', 'nothing', (of) => standingOf(of) === 'new'),
  unacknowledge: act('a', 'Take back', 'nothing', ({ state }) => state === 'acknowledged'),
  shelve: act('s', 'Shelve', 'shelf', (of) => isThere(of) && !of.shelf && !of.knownBad),
  unshelve: act('s', 'Unshelve', 'nothing', (of) => isThere(of) && of.shelf !== null),
  'known-bad': act('b', 'Known bad', 'nothing', (of) => isThere(of) && !of.knownBad),
  'not-known-bad': act('b', 'Not known bad', 'nothing', (of) => isThere(of) && of.knownBad),
  comment: act('c', 'Comment', 'comment', () => true),
  link: act('t', 'Link', 'other', () => true),
  unlink: null,
  merge: act('m', 'Merge', 'other', isThere),
  split: act('x', 'Split', 'part', (of) => isThere(of) && (of.layers.length > 1 || of.wires !== null)),
};
export const actBindings: readonly ActBinding[] = incidentActions.flatMap((action) => {
  const binding = actTable[action];
  return binding ? { action, ...binding } : [];
});

/** What can be done to an incident as it is now. */
export function actsFor(incident: Incident): ActBinding[] {
  return actBindings.filter(({ fits }) => fits(incident));
}

/** The act that a key stands for, or null. */
export function actOfKey(press: Press, incident: Incident): ActBinding | null {
  const key = plainKeyOf(press);
  return actsFor(incident).find((binding) => binding.key === key) ?? null;
}

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
  return { fault: `${fieldWords[String(issue?.path[0])] ?? 'this'} ${rules[needs]}` };
}

const fieldWords: Record<string, string> = {
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

export interface Acting {
  /** The incident that something is done to; null while nothing is. */
  incident: number | null;
  binding: ActBinding | null;
  fields: ActFields;
  /** Why it cannot be sent yet. */
  fault: string | null;
  problem: Problem | null;
  isBusy: boolean;
  /** The answer to the last act, with its history. */
  detail: IncidentDetail | null;
  begin: (incident: Incident, binding: ActBinding) => void;
  change: (fields: Partial<ActFields>) => void;
  /** Sends what the form holds; after a failure the very same act again, so that it counts once. */
  send: () => void;
  cancel: () => void;
}

type ActingState = Pick<
  Acting,
  'incident' | 'binding' | 'fields' | 'fault' | 'problem' | 'isBusy' | 'detail'
> & {
  sent: IncidentAct | null;
};

const idle: ActingState = {
  incident: null,
  binding: null,
  fields: emptyFields,
  fault: null,
  problem: null,
  isBusy: false,
  detail: null,
  sent: null,
};

/** What is being done to an incident: acts that need no words are sent at once, the others open a form. */
export function useActing(act: (incident: number, act: IncidentAct) => Promise<IncidentDetail>): Acting {
  const [state, setState] = useState<ActingState>(idle);
  const deliver = useCallback(
    (from: ActingState, what: IncidentAct) => {
      const { incident } = from;
      if (incident === null) return;
      setState({ ...from, sent: what, isBusy: true, fault: null, problem: null });
      act(incident, what).then(
        (detail) => setState({ ...idle, incident, detail }),
        (thrown: unknown) => setState({ ...from, sent: what, problem: asProblem(thrown) }),
      );
    },
    [act],
  );
  const submit = useCallback(
    (from: ActingState) => {
      if (!from.binding) return;
      if (from.sent) return deliver(from, from.sent);
      const made = actOf(from.binding, from.fields, newKey(), Date.now());
      if ('act' in made) deliver(from, made.act);
      else setState({ ...from, fault: made.fault });
    },
    [deliver],
  );
  const begin = useCallback(
    ({ incident }: Incident, binding: ActBinding) => {
      const begun = { ...idle, incident, binding };
      if (binding.needs === 'nothing') submit(begun);
      else setState(begun);
    },
    [submit],
  );
  const { sent: _, ...shown } = state;
  return {
    ...shown,
    begin,
    // Another text is another act.
    change: (fields) =>
      setState((before) => ({ ...before, fields: { ...before.fields, ...fields }, fault: null, sent: null })),
    send: () => submit(state),
    cancel: useCallback(() => setState((before) => ({ ...idle, detail: before.detail })), []),
  };
}
