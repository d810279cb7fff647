import { z } from 'zod';
import { textSchema } from './api.ts';
import { chamberIdSchema, formatChamber } from './detector.ts';
import { eventIdSchema, labelEventSchema, noteSchema } from './label.ts';
import { runNumberSchema } from './run.ts';

/** All chambers of a run, so that any list of a run's chambers can be answered at once. */
const mostAtOnce = 250;

/** Of a whole list; each event gets a key of its own from it. */
const listKeySchema = textSchema({ min: 8, max: 80 });

/** What is said of every chamber of a list: all its layers are good, or are as the model in use judged them. */
export const listAnswers = ['good', 'as-judged'] as const;

/** Body of `POST /api/v1/labels/list`: one answer for many chambers of a run. */
export const labelListSchema = z.strictObject({
  run: runNumberSchema,
  chambers: z
    .array(chamberIdSchema)
    .min(1)
    .max(mostAtOnce)
    .refine((chambers) => new Set(chambers.map(formatChamber)).size === chambers.length, {
      error: 'must name each chamber once',
    }),
  answer: z.enum(listAnswers),
  /** Whose verdicts were before the eyes. When another model has judged the run since, the answer is 409. */
  model: textSchema({ max: 200 }),
  note: noteSchema.default(''),
  idempotencyKey: listKeySchema,
});
export type LabelList = z.input<typeof labelListSchema>;
export type LabelListRequest = z.output<typeof labelListSchema>;

/** Body of `POST /api/v1/labels/list/undo`: takes all of these events back, or none. */
export const labelListUndoSchema = z.strictObject({
  events: z.array(eventIdSchema).min(1).max(mostAtOnce),
  idempotencyKey: listKeySchema,
});
export type LabelListUndo = z.infer<typeof labelListUndoSchema>;

/** Answer of both: the events, by wheel, station and sector, and which chambers were left as they were. */
export const labelListAnswerSchema = z.object({
  events: z.array(labelEventSchema),
  leftOut: z.array(z.object({ wheel: z.int(), station: z.int(), sector: z.int(), reason: z.string() })),
});
export type LabelListAnswer = z.infer<typeof labelListAnswerSchema>;
