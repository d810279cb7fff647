import type { LabelConflict, LabelWrite, QueueSkip } from '@dtdqm/contract';
import type { ProblemKind } from '../api/problem.ts';

/** Something said that the API may not have heard yet. `key` is the idempotency key, sent again with every repeat. */
export type OutboxEntry = Sendable & {
  key: string;
  /** Place in the queue; later entries have greater ones. */
  order: number;
  tries: number;
  /** Waiting entries are sent; the others wait for the expert to decide. */
  state: 'waiting' | 'conflict' | 'refused';
  problem: { kind: ProblemKind; message: string } | null;
  conflict: LabelConflict['error']['conflict'] | null;
};

export type Sendable =
  | { kind: 'label'; body: Omit<LabelWrite, 'idempotencyKey'> }
  | { kind: 'skip'; body: Omit<QueueSkip, 'idempotencyKey'> }
  /** Takes back what was sent under the key `of`; the event's id is looked up when it is sent. */
  | { kind: 'undo'; of: string };
