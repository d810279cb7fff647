import type { LabelEvent, LabelRequest } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { appendEvent } from './append.ts';
import { requestHash } from './requestHash.ts';

/**
 * Stores an expert's answer and takes the chamber out of the queue, whoever held it.
 *
 * @throws {LabelConflictError} when `baseVersion` is not the chamber's version.
 * @throws {LabelError} when the key was used for another request.
 */
export function writeLabel(
  db: Queryable,
  expert: string,
  request: LabelRequest,
  source: LabelEvent['source'] = 'panel',
): Promise<LabelEvent> {
  const { idempotencyKey: _key, ...asked } = request;
  return appendEvent(db, { ...request, kind: 'label', expert, source, hash: requestHash(asked) });
}
