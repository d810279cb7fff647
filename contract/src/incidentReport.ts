import { z } from 'zod';
import { incidentSchema } from './incident.ts';
import { runNumberSchema, runStatuses } from './run.ts';

/** The morning report: what has happened to incidents since a run or a moment. */
export const incidentReportSchema = z.object({
  since: z.object({ run: z.int().nullable(), at: z.iso.datetime().nullable() }),
  runs: z.object({ count: z.int(), first: z.int().nullable(), last: z.int().nullable() }),
  counts: z.object({ new: z.int(), known: z.int(), healed: z.int(), grown: z.int() }),
  /** Opened or reopened since and still there. */
  new: z.array(incidentSchema),
  /** Known before and grown since; also among `known`. */
  grown: z.array(incidentSchema),
  /** Opened before and still there. */
  known: z.array(incidentSchema),
  /** Healed since, whenever they were opened. */
  healed: z.array(incidentSchema),
});
export type IncidentReport = z.infer<typeof incidentReportSchema>;

/** Query of `GET /api/v1/incidents/report`: a run, or a moment, exactly one of both. */
export const incidentReportQuerySchema = z
  .strictObject({
    run: runNumberSchema.optional(),
    at: z.iso.datetime({ offset: true, error: 'must be a moment such as 2026-05-04T06:00:00Z' }).optional(),
  })
  .refine(({ run, at }) => (run === undefined) !== (at === undefined), {
    path: ['run'],
    error: 'give either run or at',
  });

export const certificationVerdicts = ['good', 'bad', 'not-sure'] as const;

/** A draft of what a person may write about a run when certifying it. Nobody has signed it. */
export const certificationDraftSchema = z.object({
  run: z.int(),
  verdict: z.enum(certificationVerdicts),
  /** Why, in plain words, the weightiest first. */
  reasons: z.array(z.string()),
  evidence: z.object({
    status: z.enum(runStatuses),
    closed: z.boolean(),
    model: z.string().nullable(),
    layers: z.int(),
    badLayers: z.int(),
    unknownLayers: z.int(),
    absentChambers: z.int(),
    failedChambers: z.int(),
  }),
  /** Incidents that this run shows. */
  incidents: z.array(incidentSchema),
  links: z.array(z.object({ text: z.string(), url: z.string() })),
  /** The draft as text, with a line to sign. */
  comment: z.string(),
});
export type CertificationDraft = z.infer<typeof certificationDraftSchema>;
