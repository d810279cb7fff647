import type { IncidentAct, Span } from '@dtdqm/contract';

/** Where an incident was when somebody acted on it, so that a replay finds it under whatever number it has there. */
export interface Anchor {
  chamber: string;
  spans: Span[];
  firstRun: number;
}

type Without<T> = T extends { idempotencyKey: string } ? Omit<T, 'idempotencyKey' | 'comment'> : never;

/** An act without what only the journal needs. */
export type ActOnLedger = Without<IncidentAct>;

/** What somebody did, as the journal keeps it. */
export interface RecordedAct {
  actor: string;
  incident: number;
  /** Newest run of the ledger at that time: the act counts after it and before the next. */
  run: number;
  /** ISO 8601. */
  at: string;
  act: ActOnLedger;
  anchor: Anchor;
  /** Of the other incident of a merge. */
  otherAnchor?: Anchor;
}

/** Why an act cannot be done; the message is for the user. */
export class ActError extends Error {
  override readonly name = 'ActError';
}
