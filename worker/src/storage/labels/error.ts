import { labelErrorIds, type LabelConflict, type LabelEvent, type LabelVerdict } from '@dtdqm/contract';

export type LabelErrorId = (typeof labelErrorIds)[keyof typeof labelErrorIds] | 'not-found';

/** Why a label, skip, undo or lease was refused. `id` is that of the API's answer; the message is for the user. */
export class LabelError extends Error {
  override readonly name: string = 'LabelError';
  readonly id: LabelErrorId;

  constructor(id: LabelErrorId, message: string) {
    super(message);
    this.id = id;
  }
}

/** Somebody wrote since: holds what was sent and what stands now. */
export class LabelConflictError extends LabelError {
  override readonly name = 'LabelConflictError';
  readonly conflict: LabelConflict['error']['conflict'];

  constructor(
    yours: { baseVersion: number; verdicts: (LabelVerdict | null)[] },
    current: { version: number; label: LabelEvent | null },
  ) {
    super(
      labelErrorIds.conflict,
      `the chamber is at version ${current.version} by now, your answer builds on version ${yours.baseVersion}: look at both and send again`,
    );
    this.conflict = { yours, current };
  }
}
