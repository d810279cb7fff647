import { z } from 'zod';
import { greatestInteger, momentSchema, textSchema } from './api.ts';
import { faultKinds, noScore } from './chamberData.ts';
import {
  chamberIdSchema,
  layerNumbers,
  layersOf,
  perLayerSchema,
  rowsPerChamber,
  type Station,
} from './detector.ts';
import { runMomentSchema, runSpanSchema } from './inRun.ts';
import { runNumberSchema } from './run.ts';

/** What an expert says of a layer; `null` in a list of twelve stands for "not said" or "no such layer". */
export const labelVerdicts = ['good', 'bad', 'not-sure'] as const;
export const labelVerdictSchema = z.enum(labelVerdicts);
export type LabelVerdict = (typeof labelVerdicts)[number];

/** One chamber of one run: what a label speaks of. */
export const chamberOfRunSchema = chamberIdSchema.safeExtend({ run: runNumberSchema });
export type ChamberOfRun = z.infer<typeof chamberOfRunSchema>;

const layerNumber = z.int().min(1).max(rowsPerChamber);

/** Where and how layers are bad. Wires count from 1 at the first cell of the histogram row, both ends included. */
export const labelMarkSchema = z.object({
  layers: z.array(layerNumber).min(1).max(rowsPerChamber),
  kind: z.enum(faultKinds).nullable(),
  wires: z
    .object({ first: z.int().min(1).max(200), last: z.int().min(1).max(200) })
    .refine(({ first, last }) => first <= last, { path: ['last'], error: 'must not be less than first' })
    .nullable(),
});
export type LabelMark = z.infer<typeof labelMarkSchema>;

/** What the expert had before the eyes: the model and its scores of layers 1..12 (-1: no such layer), and how many hits the chamber had. */
export const seenSchema = z.object({
  model: textSchema({ max: 200 }).nullable(),
  scores: perLayerSchema(z.number().min(noScore).max(1)).nullable(),
  /** Unless a request says, those that are stored when it comes. Left out and not null by default: repeats of requests that do not know it stay the same. */
  hits: z.int().min(0).nullish(),
});

/** Made by the client once per answer and sent again with every repeat of it. */
export const idempotencyKeySchema = textSchema({ min: 8, max: 100 });

export const noteSchema = textSchema({ max: 4000 });

/** Name of an expert: 1 to 200 characters that can be seen, stored as they came. */
export const expertNameSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u, { error: 'must be 1 to 200 printable characters' });

/** What an answer says beside its verdicts, the same in a request and in a file. */
const answerShape = {
  marks: z.array(labelMarkSchema).max(50),
  note: noteSchema,
  /** True when neither score, saliency nor other labels were shown before the answer. */
  blind: z.boolean(),
  seen: seenSchema,
  /** The queue's reason for showing the chamber, as it came; null when the expert chose it. */
  queueReason: textSchema({ max: 500 }).nullable(),
  /** Time from seeing the chamber to the answer, s. */
  seconds: z.number().min(0).max(86_400).nullable(),
};

/** Farther ahead than clocks of two machines may be apart: what is said to happen later than that has not happened. */
const clocksApartMs = 86_400_000;
const pastMomentSchema = momentSchema.refine((at) => Date.parse(at) <= Date.now() + clocksApartMs, {
  error: 'must not lie in the future',
});

const spanMomentSchema = runMomentSchema.extend({ at: pastMomentSchema });

/** The stretch of a run that a label speaks of, from the end of one slice to the end of another. Two are the same when their times are. */
export const labelSpanSchema = z
  .object({
    /** Null for a run of which nobody knows when it began. */
    from: spanMomentSchema.nullable(),
    to: spanMomentSchema,
  })
  .refine(({ from, to }) => from === null || from.at < to.at, {
    path: ['to', 'at'],
    error: 'must be later than from',
  });

const verdictsSchema = perLayerSchema(labelVerdictSchema.nullable());

/** What no label may say, wherever it comes from: nothing at all, something of layers that the station lacks, marks on good layers. */
function checkVerdicts(
  {
    station,
    verdicts,
    marks,
  }: { station: Station; verdicts: z.infer<typeof verdictsSchema>; marks: LabelMark[] },
  context: z.RefinementCtx,
): void {
  const existing = layersOf(station);
  const fault = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (verdicts.every((verdict) => verdict === null)) {
    fault(['verdicts'], 'must say something of at least one layer');
  }
  for (const layer of layerNumbers) {
    if (!existing.includes(layer) && (verdicts[layer - 1] ?? null) !== null) {
      fault(['verdicts', layer - 1], `must be null: station ${station} has no layer ${layer}`);
    }
  }
  marks.forEach(({ layers }, index) => {
    for (const layer of layers) {
      const verdict = verdicts[layer - 1] ?? null;
      if (verdict === 'bad' || verdict === 'not-sure') continue;
      fault(['marks', index, 'layers'], `layer ${layer} is marked, so its verdict must be bad or not-sure`);
    }
  });
}

/** Body of `POST /api/v1/labels`. */
export const labelWriteSchema = chamberOfRunSchema
  .safeExtend({
    /** Layers 1..12 in order; null where the station has no such layer or nothing is said. */
    verdicts: verdictsSchema,
    /** Absent: the whole run. A label of a span says nothing of the whole run and closes nothing in the queue. */
    span: labelSpanSchema.optional(),
    marks: answerShape.marks.default([]),
    note: answerShape.note.default(''),
    blind: answerShape.blind.default(false),
    seen: answerShape.seen.default({ model: null, scores: null }),
    queueReason: answerShape.queueReason.default(null),
    seconds: answerShape.seconds.default(null),
    idempotencyKey: idempotencyKeySchema,
    /**
     * `version` of the chamber's labels of the same span, or of the whole run, that the answer builds on (0: none yet). A different
     * current version answers 409. Absent: an opinion of its own, which cannot be stale.
     */
    baseVersion: z.int().min(0).max(greatestInteger).optional(),
  })
  .superRefine(checkVerdicts);
/** As a client sends it (defaults may be left out). */
export type LabelWrite = z.input<typeof labelWriteSchema>;
/** As the worker handles it. */
export type LabelRequest = z.output<typeof labelWriteSchema>;

export const eventIdSchema = z.string().regex(/^\d{1,18}$/, { error: 'must be the id of an event' });

/** Body of `POST /api/v1/labels/undo`: takes back one event (label or skip) of one's own. */
export const labelUndoSchema = z.object({
  event: eventIdSchema,
  idempotencyKey: idempotencyKeySchema,
});
export type LabelUndo = z.infer<typeof labelUndoSchema>;

export const labelEventKinds = ['label', 'skip', 'undo'] as const;
export type LabelEventKind = (typeof labelEventKinds)[number];

export const labelSources = ['panel', 'original', 'import'] as const;

/** One entry of the journal of labels. Never changed once written; `undoneBy` is looked up, not stored. */
export const labelEventSchema = z.object({
  id: z.string(),
  kind: z.enum(labelEventKinds),
  at: z.iso.datetime(),
  by: z.string(),
  run: z.int(),
  wheel: z.int(),
  station: z.int(),
  sector: z.int(),
  /** Counts the events of this chamber from 1. */
  version: z.int(),
  /** Null for the whole run; an undo has that of what it takes back. */
  span: runSpanSchema.nullable(),
  /** Null for skips and undos. */
  verdicts: verdictsSchema.nullable(),
  marks: z.array(labelMarkSchema),
  note: z.string(),
  blind: z.boolean(),
  seen: seenSchema,
  queueReason: z.string().nullable(),
  seconds: z.number().nullable(),
  source: z.enum(labelSources),
  /** Id of the event that this one takes back; null unless the kind is undo. */
  undoes: z.string().nullable(),
  /** Id of the event that takes this one back. */
  undoneBy: z.string().nullable(),
});
export type LabelEvent = z.infer<typeof labelEventSchema>;

/** One event in a file of labels: as the export writes it, and under the rules of a request where it is taken in. Ids and versions hold within the file only. */
export const storedLabelSchema = chamberOfRunSchema
  .safeExtend({
    ...answerShape,
    id: eventIdSchema,
    kind: z.enum(labelEventKinds),
    at: pastMomentSchema,
    by: expertNameSchema,
    version: z.int().min(1).max(greatestInteger),
    /** Files of before there were spans say nothing of them. */
    span: labelSpanSchema.nullable().default(null),
    verdicts: verdictsSchema.nullable(),
    source: z.enum(labelSources),
    undoes: eventIdSchema.nullable(),
    undoneBy: eventIdSchema.nullable(),
    /** Of a request, or made here for the original tool, whose requests have none. */
    idempotencyKey: textSchema({ min: 1, max: 200 }),
    requestHash: textSchema({ max: 200 }),
  })
  .superRefine(({ kind, span, station, verdicts, marks, undoes }, context) => {
    const fault = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if ((kind === 'label') !== (verdicts !== null)) {
      fault('verdicts', 'labels have verdicts, skips and undos have none');
    }
    if ((kind === 'undo') !== (undoes !== null)) {
      fault('undoes', 'undos name the event that they take back, others do not');
    }
    if (kind === 'skip' && span !== null) fault('span', 'chambers are skipped for the whole run');
    if (verdicts !== null) checkVerdicts({ station, verdicts, marks }, context);
    else if (marks.length > 0) fault('marks', 'only labels have marks');
  });
/** An event with what makes it whole. */
export type StoredLabel = z.output<typeof storedLabelSchema>;

/** Answer of a write, undo or skip: the event; the same again for every repeat of the request. */
export const labelAnswerSchema = z.object({ event: labelEventSchema });

/** All that was said of one chamber of one run, oldest first. */
export const labelHistorySchema = z.object({
  /** To be sent as `baseVersion`; 0 while there is no event of the whole run. */
  version: z.int(),
  /** The label in force: the latest that was not taken back. */
  current: labelEventSchema.nullable(),
  /** Whether the label in force is the caller's own. */
  mine: z.boolean(),
  /** Of the whole run. */
  events: z.array(labelEventSchema),
  /** Of each span of the run that was labelled, the label in force, and whether it is the caller's own; the oldest first. */
  spans: z.array(labelEventSchema.extend({ span: runSpanSchema, mine: z.boolean() })),
});
export type SpanLabel = LabelHistory['spans'][number];
export type LabelHistory = z.infer<typeof labelHistorySchema>;

/** Answer of `GET /api/v1/labels/mine`: events of the caller, newest first. */
export const labelPageSchema = z.object({
  events: z.array(labelEventSchema),
  nextCursor: z.string().nullable(),
});

/** Stable ids of errors that only labels and the queue answer with. */
export const labelErrorIds = {
  /** 409: labelled by someone else since; the body carries both versions. */
  conflict: 'conflict',
  /** 422: the same key came before with another body. */
  idempotencyKeyReused: 'idempotency-key-reused',
  /** 409: the event was taken back before. */
  alreadyUndone: 'already-undone',
  /** 403: the event belongs to someone else. */
  notYours: 'not-yours',
  /** 409: someone else holds the chamber, or the lease has ended. */
  leaseLost: 'lease-lost',
} as const;

/** Body of a 409 with id `conflict`. */
export const labelConflictSchema = z.object({
  error: z.object({
    id: z.literal(labelErrorIds.conflict),
    message: z.string(),
    conflict: z.object({
      yours: z.object({ baseVersion: z.int(), verdicts: z.array(labelVerdictSchema.nullable()) }),
      current: z.object({ version: z.int(), label: labelEventSchema.nullable() }),
    }),
  }),
});
export type LabelConflict = z.infer<typeof labelConflictSchema>;

export const importOutcomes = ['taken', 'already-there', 'refused'] as const;

/** Answer of an import: sums, and a line for every line that was not simply taken (the first 1,000 of them). */
export const labelImportReportSchema = z.object({
  taken: z.int(),
  /** Of those taken, lines about runs that are not stored here: labels may come before their runs, but a wrong number looks the same. */
  withoutRun: z.int(),
  alreadyThere: z.int(),
  refused: z.int(),
  /** False when something was refused, or a look was all that was asked for, and so nothing at all was stored. */
  stored: z.boolean(),
  /** The first lines as they were understood, in words. */
  preview: z.array(z.string()),
  lines: z.array(z.object({ line: z.int(), outcome: z.enum(importOutcomes), reason: z.string().optional() })),
});
export type LabelImportReport = z.infer<typeof labelImportReportSchema>;
