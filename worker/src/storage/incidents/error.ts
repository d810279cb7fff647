export type IncidentErrorId = 'not-found' | 'merged' | 'not-possible' | 'idempotency-key-reused';

/** Why something cannot be done to an incident. `id` is that of the API's answer; the message is for the user. */
export class IncidentError extends Error {
  override readonly name = 'IncidentError';
  readonly id: IncidentErrorId;

  constructor(id: IncidentErrorId, message: string) {
    super(message);
    this.id = id;
  }
}
