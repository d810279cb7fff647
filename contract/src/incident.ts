import { z } from 'zod';
import { commaListSchema, greatestInteger, momentSchema, textSchema } from './api.ts';
import { faultKinds } from './chamberData.ts';
import { chamberIdSchema, rowsPerChamber } from './detector.ts';
import { runSpanSchema } from './inRun.ts';
import { idempotencyKeySchema, noteSchema } from './label.ts';
import { runNumberSchema, runStatuses } from './run.ts';
import { detectorStateSchema, type Standing } from './state.ts';

/** Kinds of incident: those of faults, less what is no fault, and bad layers of which the detector cannot say what it is. */
export const incidentKinds = [
  ...faultKinds.filter((kind) => kind !== 'low-statistics'),
  'unnamed',
  /** Fewer chambers judged than in the runs before: of the whole detector, and of no chamber. */
  'coverage',
] as const;
export const incidentKindSchema = z.enum(incidentKinds);
export type IncidentKind = (typeof incidentKinds)[number];

/** A kind of fault or of incident as people say it: `dead layer`, `front-end board`; of what has no name, `bad layer`. As `reporting.fault_in_words` says it. */
export function kindInWords(kind: string): string {
  if (kind === 'coverage') return 'fewer chambers judged than before';
  if (kind === 'unnamed') return 'bad layer';
  return kind.replaceAll('-', ' ').replace('front end', 'front-end');
}

/** Ascending. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What the runs say of the fault. `new`, `grown` and `shrunk` are said for some runs only, then it is `open`. */
export const incidentConditions = ['new', 'open', 'grown', 'shrunk', 'healed'] as const;
export type IncidentCondition = (typeof incidentConditions)[number];

/** What runs do to an incident; `action` of its history where the actor is `monitor`. */
export const incidentChanges = ['opened', 'reopened', 'grown', 'shrunk', 'healed', 'absorbed'] as const;
export type IncidentChange = (typeof incidentChanges)[number];

/** One word for an incident: `healed`, else what people said of it, else what the runs say. */
export const incidentStates = [...incidentConditions, 'acknowledged', 'shelved', 'known-bad'] as const;
export type IncidentState = (typeof incidentStates)[number];

export const standingOfState: Record<IncidentState, Exclude<Standing, 'unconfirmed'>> = {
  new: 'new',
  grown: 'new',
  open: 'new',
  shrunk: 'new',
  acknowledged: 'acknowledged',
  'known-bad': 'acknowledged',
  shelved: 'shelved',
  healed: 'healed',
};

/** Wires of one layer, which are cells of the histogram row, from 1 (see `Matrix`); both ends included. */
export const spanSchema = z.object({
  layer: z.int().min(1).max(rowsPerChamber),
  first: z.int().min(1).max(200),
  last: z.int().min(1).max(200),
});
export type Span = z.infer<typeof spanSchema>;

export const evidenceSchema = z.object({
  /** Greatest P(bad) of its layers in the latest run that shows it. */
  score: z.number().nullable(),
  /** Hits found over hits expected; where no expectation is known, over the siblings' at the same wires. */
  ratio: z.number().nullable(),
  /** Of the model's reasons (absolute attributions) in these layers, the share that lies on these wires, 0..1. */
  saliencyShare: z.number().nullable(),
  confidence: z.number(),
  /** Wires concerned, and wires lost: each counted by the share of its hits that is missing. Of coverage, chambers lost. */
  cells: z.number(),
  lost: z.number(),
  /** Runs that show it. */
  sightings: z.int(),
  /** Runs in a row, the newest first, that could have shown it but did not. */
  misses: z.int(),
  /** It has come and gone at least twice. */
  flickers: z.boolean(),
  model: z.string(),
  note: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** When something happened to an incident: in which run, and between which moments of it (95 %); null where that is not known. */
const incidentMomentSchema = z.object({ run: z.int(), happened: runSpanSchema.nullable() });

export const incidentSchema = z.object({
  incident: z.int(),
  state: z.enum(incidentStates),
  condition: z.enum(incidentConditions),
  kind: incidentKindSchema,
  severity: z.enum(severities),
  /** Null where the whole detector is concerned; then there are no layers. */
  wheel: z.int().nullable(),
  station: z.int().nullable(),
  sector: z.int().nullable(),
  /** Its name for people: of the chamber, or `Detector`. */
  chamber: z.string(),
  layers: z.array(z.int()),
  /** Null where whole layers are concerned. */
  wires: z.object({ first: z.int(), last: z.int() }).nullable(),
  spans: z.array(spanSchema),
  /** As far as templates allow, see worker/src/incidents/hardware. */
  hardware: z.string(),
  firstRun: z.int(),
  lastRun: z.int(),
  /** Whether the newest run with judged chambers shows it; null where that run cannot tell, as its layers could not be judged there. */
  inNewestRun: z.boolean().nullable(),
  /** First run that shows it, and when in it, as the counts of that run tell. */
  began: incidentMomentSchema,
  /** Set when its hits came back while a run was taken. */
  ended: incidentMomentSchema.nullable(),
  openedRun: z.int(),
  openedAt: z.iso.datetime(),
  healedRun: z.int().nullable(),
  healedAt: z.iso.datetime().nullable(),
  acknowledgedBy: z.string().nullable(),
  shelf: z
    .object({ by: z.string(), owner: z.string(), reason: z.string(), until: z.iso.datetime() })
    .nullable(),
  knownBad: z.boolean(),
  /** The incident that has taken this one in; acts go there. */
  mergedInto: z.int().nullable(),
  evidence: evidenceSchema,
});
export type Incident = z.infer<typeof incidentSchema>;

const said = { idempotencyKey: idempotencyKeySchema, comment: noteSchema.default('') };
const other = z.int().min(1).max(greatestInteger);

const simple = <Action extends string>(action: Action) =>
  z.strictObject({ action: z.literal(action), ...said });

/** Body of `POST /api/v1/incidents/<incident>/acts`. */
export const incidentActSchema = z.discriminatedUnion('action', [
  simple('acknowledge'),
  simple('unacknowledge'),
  z.strictObject({
    action: z.literal('shelve'),
    ...said,
    owner: textSchema({ min: 1, max: 200 }),
    reason: textSchema({ min: 1, max: 1000 }),
    until: momentSchema,
  }),
  simple('unshelve'),
  simple('known-bad'),
  simple('not-known-bad'),
  z.strictObject({ action: z.literal('comment'), ...said, comment: textSchema({ min: 1, max: 4000 }) }),
  /** Says that two incidents belong together, such as all of one sector; each keeps its own life. */
  z.strictObject({ action: z.literal('link'), ...said, to: other }),
  z.strictObject({ action: z.literal('unlink'), ...said, to: other }),
  /** This one goes on as part of the other, of the same chamber. */
  z.strictObject({ action: z.literal('merge'), ...said, into: other }),
  /** These layers, or these wires of all its layers, become an incident of their own. */
  z.strictObject({
    action: z.literal('split'),
    ...said,
    layers: z.array(z.int().min(1).max(rowsPerChamber)).min(1).optional(),
    wires: z
      .object({ first: z.int().min(1).max(200), last: z.int().min(1).max(200) })
      .refine(({ first, last }) => first <= last, { path: ['last'], error: 'must not be less than first' })
      .optional(),
  }),
]);
export type IncidentAct = z.infer<typeof incidentActSchema>;
export type IncidentAction = IncidentAct['action'];
export const incidentActions: readonly IncidentAction[] = incidentActSchema.options.map(
  ({ shape }) => shape.action.value,
);

/** One entry of an incident's history: by the runs (`actor` is `monitor`) or by people. */
export const incidentEventSchema = z.object({
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.string(),
  run: z.int(),
  comment: z.string(),
  /** What else the act said, e.g. owner and expiry of a shelf, or the other incident. */
  detail: z.record(z.string(), z.unknown()),
});
export type IncidentEvent = z.infer<typeof incidentEventSchema>;

/** Answer of `GET /api/v1/incidents/<incident>` and of an act. */
export const incidentDetailSchema = z.object({
  incident: incidentSchema,
  /** Oldest first. */
  events: z.array(incidentEventSchema),
  /** Runs that show it, oldest first, at most the newest 200. */
  sightings: z.array(
    z.object({
      run: z.int(),
      cells: z.number(),
      lost: z.number(),
      score: z.number().nullable(),
      ratio: z.number().nullable(),
    }),
  ),
  links: z.array(z.int()),
  /** Incidents that became part of this one. */
  absorbed: z.array(z.int()),
});
export type IncidentDetail = z.infer<typeof incidentDetailSchema>;

/** Answer of `GET /api/v1/incidents`: the worst and newest first. */
export const incidentListSchema = z.object({
  incidents: z.array(incidentSchema),
  /** Newest run that the ledger has taken in; null before the first. */
  asOfRun: z.int().nullable(),
});

export type IncidentList = z.infer<typeof incidentListSchema>;

/** Which incidents: all conditions may be combined. */
export const incidentQuerySchema = z.strictObject({
  /** States, separated by commas; all but healed unless set. */
  state: commaListSchema(incidentStates).optional(),
  /** Those that this run shows. */
  run: runNumberSchema.optional(),
  wheel: chamberIdSchema.shape.wheel.optional(),
  station: chamberIdSchema.shape.station.optional(),
  sector: chamberIdSchema.shape.sector.optional(),
});

/** The morning report: what has happened to incidents since a run or a moment. */
export const incidentReportSchema = z.object({
  since: z.object({ run: z.int().nullable(), at: z.iso.datetime().nullable() }),
  runs: z.object({ count: z.int(), first: z.int().nullable(), last: z.int().nullable() }),
  /** How the detector stands now; how many incidents are new, acknowledged or shelved stands here, as on every display. */
  state: detectorStateSchema,
  counts: z.object({ opened: z.int(), before: z.int(), healed: z.int(), grown: z.int() }),
  /** Opened or reopened since and still there. */
  opened: z.array(incidentSchema),
  /** Opened before and grown since; also among `before`. */
  grown: z.array(incidentSchema),
  /** Opened before and still there. */
  before: z.array(incidentSchema),
  /** Healed since, whenever they were opened. */
  healed: z.array(incidentSchema),
});
export type IncidentReport = z.infer<typeof incidentReportSchema>;

/** Query of `GET /api/v1/incidents/report`: a run, or a moment, exactly one of both. */
export const incidentReportQuerySchema = z
  .strictObject({
    run: runNumberSchema.optional(),
    at: momentSchema.optional(),
  })
  .refine(({ run, at }) => (run === undefined) !== (at === undefined), {
    path: ['run'],
    error: 'give either run or at',
  });

/**
 * Shares of all layers of a run from which it is worth a doubt or bad, for certification and alerts. A quarter of a wheel is 0.05 of
 * the layers; the known-bad ones of a healthy detector are about 0.01.
 */
export const badLayerShares = { warning: 0.03, critical: 0.08 } as const;

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
    source: detectorStateSchema.shape.source,
    expected: z.int(),
    judged: z.int(),
    /** By their condition in the run. */
    ...{ failed: z.int(), absent: z.int(), dead: z.int(), bad: z.int(), unknown: z.int() },
    /** Of the judged ones, those whose matrix is from an earlier look. */
    kept: z.int(),
  }),
  /** Incidents that this run shows. */
  incidents: z.array(incidentSchema),
  links: z.array(z.object({ text: z.string(), url: z.string() })),
  /** The draft as text, with a line to sign. */
  comment: z.string(),
});
export type CertificationDraft = z.infer<typeof certificationDraftSchema>;
