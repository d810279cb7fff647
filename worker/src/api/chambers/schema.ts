import { chamberOfRunSchema } from '@dtdqm/contract';

/** `<run>/<wheel>/<sector>/<station>` in a path, in the order of the original tool. */
export const chamberParamsSchema = chamberOfRunSchema;

/** Path of one chamber below a resource. */
export const chamberPath = ':run/:wheel/:sector/:station';
