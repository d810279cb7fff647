import { z } from 'zod';

/** What the detector says of a layer; `null` stands where a chamber has no such layer. */
export const verdicts = ['good', 'bad', 'unknown'] as const;
export const verdictSchema = z.enum(verdicts);
export type Verdict = (typeof verdicts)[number];

/** Score of a layer that does not exist (rows 5-8 of MB4). */
export const noScore = -1;
