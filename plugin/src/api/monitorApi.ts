import { z } from 'zod';
import {
  agreementSchema,
  appId,
  certificationDraftSchema,
  chamberDataSchema,
  chamberHitsSchema,
  chamberHistorySchema,
  chamberOfRunSchema,
  chamberSaliencySchema,
  chamberSlicesSchema,
  chamberStepsSchema,
  incidentDetailSchema,
  incidentListSchema,
  incidentReportSchema,
  labelAnswerSchema,
  labelHistorySchema,
  labelListAnswerSchema,
  leaseSchema,
  modelActListSchema,
  modelInUseSchema,
  modelListSchema,
  modelPreviewSchema,
  queueNextAnswerSchema,
  queueProgressSchema,
  queueWaitingAnswerSchema,
  secondOpinionsSchema,
  detectorStateSchema,
  runChambersSchema,
  runPastSchema,
  runListSchema,
  runSlicesSchema,
  sliceSumSchema,
  type ChamberId,
  type ChamberOfRun,
  type IncidentAct,
  type LabelList,
  type LabelListUndo,
  type LabelUndo,
  type LabelWrite,
  type ModelChoice,
  type QueueLease,
  type QueueNext,
  type QueueSkip,
  type Role,
  type RunSpan,
  type SaliencyMethodName,
} from '@dtdqm/contract';
import { Problem } from './problem.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** Sends one request to the monitor and gives the body of its answer. Rejects with a Problem. */
export type Send = (method: Method, path: string, body?: unknown) => Promise<unknown>;

/**
 * Where Grafana takes requests to the monitor. The first part below the app's id chooses the route in plugin.json, and with it the
 * role that Grafana demands: looking, labelling, or administration; the rest is the path at the monitor.
 */
export function proxyPath(method: Method, path: string): string {
  return `/api/plugin-proxy/${appId}/${routeFor(method, path)}${path}`;
}

function routeFor(method: Method, path: string): Role {
  if (method === 'GET') return 'viewer';
  return /^\/api\/v1\/(labels|queue|incidents)(\/|$)/.test(path) ? 'editor' : 'admin';
}

/** A random idempotency key of 128 bits. `crypto.randomUUID` would do, but exists on https and localhost only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Everything the plugin asks of the monitor. Every method rejects with a Problem. */
export type MonitorApi = ReturnType<typeof monitorApi>;
/** What labelling needs of it. */
export type LabelApi = Pick<
  MonitorApi,
  | 'next'
  | 'waiting'
  | 'secondOpinions'
  | 'lease'
  | 'chamber'
  | 'hits'
  | 'history'
  | 'label'
  | 'skip'
  | 'undo'
  | 'release'
>;

export function monitorApi(send: Send) {
  const read = async <T>(schema: z.ZodType<T>, answer: Promise<unknown>): Promise<T> => {
    const parsed = schema.safeParse(await answer);
    if (parsed.success) return parsed.data;
    throw new Problem('unreadable', parsed.error.message.slice(0, 500));
  };
  const get = <T>(schema: z.ZodType<T>, path: string) => read(schema, send('GET', path));
  const post = <T>(schema: z.ZodType<T>, path: string, body: unknown) =>
    read(schema, send('POST', path, body));
  const chamberPath = (chamber: ChamberOfRun) => `/api/v1/chambers/${chamberParams(chamber)}`;
  return {
    // Labelling.
    next: async (query: QueueNext) => (await post(queueNextAnswerSchema, '/api/v1/queue/next', query)).leases,
    /** Chambers that come next, without a lease. */
    waiting: async (query: QueueNext) => {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) search.set(name, String(value));
      return (await get(queueWaitingAnswerSchema, `/api/v1/queue/next?${search.toString()}`)).chambers;
    },
    /** Chambers whose label did not teach. @param blind without what was said and what speaks against it. */
    secondOpinions: async (blind = false) =>
      (await get(secondOpinionsSchema, `/api/v1/queue/second-opinions?blind=${blind}`)).chambers,
    /** Null for a chamber that waits for nobody: it is labelled or skipped. */
    lease: async (chamber: QueueLease) => (await post(ownLeaseSchema, '/api/v1/queue/lease', chamber)).lease,
    chamber: (chamber: ChamberOfRun) => get(chamberDataSchema, chamberPath(chamber)),
    /** Of a chamber nothing but its hits. */
    hits: (chamber: ChamberOfRun) => get(chamberHitsSchema, `${chamberPath(chamber)}/hits`),
    /** What was said of a chamber, without the scores that were seen: they would tell what the model says to those who answer blind. */
    history: (chamber: ChamberOfRun) =>
      get(labelHistorySchema, `/api/v1/labels/history?${queryOf(chamber)}&seen=false`),
    label: async (body: LabelWrite) => (await post(labelAnswerSchema, '/api/v1/labels', body)).event,
    undo: async (body: LabelUndo) => (await post(labelAnswerSchema, '/api/v1/labels/undo', body)).event,
    labelList: (body: LabelList) => post(labelListAnswerSchema, '/api/v1/labels/list', body),
    undoList: (body: LabelListUndo) => post(labelListAnswerSchema, '/api/v1/labels/list/undo', body),
    skip: async (body: QueueSkip) => (await post(labelAnswerSchema, '/api/v1/queue/skip', body)).event,
    release: async (lease: string): Promise<void> =>
      void (await send('POST', '/api/v1/queue/release', { lease })),
    progress: () => get(queueProgressSchema, '/api/v1/queue/progress'),
    /** Every label, as the API's own CSV. */
    labelsCsv: async () => String(await send('GET', '/api/v1/labels/export?format=csv')),

    // Runs.
    runs: (cursor?: string) =>
      get(runListSchema, `/api/v1/runs${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`),
    /** Runs older and newer than one, newest first. */
    runsAround: (run: number) => get(runListSchema, `/api/v1/runs?around=${run}`),
    /** Asks for a run that is not stored. */
    fetchRun: async (run: number) => void (await send('POST', '/api/v1/runs', { run })),
    /** Asks for a stored run once more. */
    refetchRun: async (run: number) => void (await send('POST', `/api/v1/runs/${run}/refetch`)),
    deleteRun: async (run: number) => void (await send('DELETE', `/api/v1/runs/${run}`)),
    reevaluate: async (runs: readonly number[]) =>
      void (await send('POST', '/api/v1/runs/reevaluate', { runs })),

    // Chambers.
    /** How the detector stands in the newest run with judged chambers, or in another. */
    state: (run?: number | null) => get(detectorStateSchema, `/api/v1/state${run ? `?run=${run}` : ''}`),
    /** Every chamber of a run in a line. */
    chambers: (run: number) => get(runChambersSchema, `/api/v1/runs/${run}/chambers`),
    /** How the chambers of which anything is said in a run were in the 20 judged runs up to it. */
    past: (run: number) => get(runPastSchema, `/api/v1/runs/${run}/past`),
    /** Scores of a chamber in recent runs. */
    recent: (chamber: ChamberOfRun) => get(chamberHistorySchema, `${chamberPath(chamber)}/history`),
    /** Attribution per wire, by the method asked for, computed anew unless that is the stored one, which it is by default. */
    saliency: (chamber: ChamberOfRun, method?: SaliencyMethodName) =>
      get(chamberSaliencySchema, `${chamberPath(chamber)}/saliency${method ? `?method=${method}` : ''}`),
    /** One chamber on its way through scoring and back. */
    steps: (chamber: ChamberOfRun) => get(chamberStepsSchema, `${chamberPath(chamber)}/steps`),
    /** Chambers with their scores, a page of 20 from 1. */
    scores: (list: ScoreListName, page: number) => get(scoreListSchema, `/data/${list}.json?page=${page}`),
    /** Chambers with a label in force, latest first. */
    labelled: () => get(labelledChambersSchema, '/data/user_scores.json'),

    // Inside a run.
    /** Looks at a run while it was taken, and which chambers changed when. */
    runSlices: (run: number) => get(runSlicesSchema, `/api/v1/runs/${run}/slices`),
    /** A chamber through a run; with the hits of the wires of one layer when it is named. */
    slices: (chamber: ChamberOfRun, layer?: number | null) =>
      get(chamberSlicesSchema, `${chamberPath(chamber)}/slices${layer ? `?layer=${layer}` : ''}`),
    /**
     * What a chamber counted in a span of a run, judged like a run of that length.
     *
     * @param withSaliency of bad layers, which takes many times as long.
     */
    sliceSum: (chamber: ChamberOfRun, { from, to }: RunSpan, withSaliency = false) => {
      const query = { ...(from ? { from: from.at } : {}), to: to.at, saliency: String(withSaliency) };
      return get(
        sliceSumSchema,
        `${chamberPath(chamber)}/slices/sum?${new URLSearchParams(query).toString()}`,
      );
    },

    // Incidents.
    /** Incidents that have not healed, the worst first; of one chamber when given. */
    incidents: (chamber?: ChamberId) =>
      get(incidentListSchema, `/api/v1/incidents${chamber ? `?${queryOf(chamber)}` : ''}`),
    /** What has happened to incidents since. @param at ISO 8601. */
    report: (at: string) =>
      get(incidentReportSchema, `/api/v1/incidents/report?at=${encodeURIComponent(at)}`),
    /** One incident with its history. */
    incident: (incident: number) => get(incidentDetailSchema, `/api/v1/incidents/${incident}`),
    /** Does something to an incident; the same act again, however often, does nothing more. */
    actOnIncident: (incident: number, act: IncidentAct) =>
      post(incidentDetailSchema, `/api/v1/incidents/${incident}/acts`, act),
    /** What may be said of a run when certifying it; nobody has signed it. */
    certification: (run: number) => get(certificationDraftSchema, `/api/v1/runs/${run}/certification`),

    // Models and experts.
    models: () => get(modelListSchema, '/api/v1/models'),
    /** What the labels in force would do to verdicts. */
    preview: () => get(modelPreviewSchema, '/api/v1/models/preview'),
    /** What was done with models, newest first. */
    modelActs: async () => (await get(modelActListSchema, '/api/v1/models/acts')).acts,
    /** Puts a model in use. @param model `<name>@<version>` */
    promote: (model: string, choice: ModelChoice) =>
      post(modelInUseSchema, `/api/v1/models/${encodeURIComponent(model)}/promote`, choice),
    /** Keeps a model from being offered again. */
    refuse: (model: string, choice: ModelChoice) =>
      post(modelInUseSchema, `/api/v1/models/${encodeURIComponent(model)}/refuse`, choice),
    /** Puts the model back in use that was before. */
    rollBack: (choice: ModelChoice) => post(modelInUseSchema, '/api/v1/models/rollback', choice),
    /** How far experts agree who judged the same chambers. */
    agreement: () => get(agreementSchema, '/api/v1/labels/agreement'),
  };
}

/** `run/wheel/sector/station`, the order of the original tool's addresses. */
export function chamberParams({ run, wheel, sector, station }: ChamberOfRun): string {
  return [run, wheel, sector, station].join('/');
}

function queryOf({ wheel, sector, station, ...rest }: ChamberId & { run?: number }): string {
  return new URLSearchParams({
    ...(rest.run === undefined ? {} : { run: String(rest.run) }),
    wheel: String(wheel),
    station: String(station),
    sector: String(sector),
  }).toString();
}

const ownLeaseSchema = z.object({ lease: leaseSchema.shape.lease.nullable() });

/** The lists of the original tool, in the form in which it answered them. */
const identifierSchema = z.object({ run: z.number() });
const paramsSchema = z.object({ wheel: z.number(), sector: z.number(), station: z.number() });

/** Lists of chambers with their scores: least certain first, those of them that wait for a label, where label and model differ most first. */
export type ScoreListName = 'net_scores' | 'new_net_scores' | 'contamination';

/** A page of one of these lists. */
const scoreListSchema = z
  .array(
    z.object({
      count: z.number(),
      result: z.object({
        identifier: identifierSchema,
        data: z.object({
          params: paramsSchema,
          scores: z.array(z.number()),
          evaluation: z
            .object({ bad_layers: z.array(z.number()).optional(), skipped: z.boolean().optional() })
            .optional(),
        }),
        rating: z.number(),
      }),
    }),
  )
  .transform((lines) => ({
    /** Chambers on all pages together. */
    count: lines[0]?.count ?? 0,
    chambers: lines.map(({ result: { identifier, data, rating } }) => ({
      chamber: chamberOfRunSchema.parse({ ...identifier, ...data.params }),
      scores: data.scores,
      /** What the list is ordered by: least |0.5 - score|, or greatest |score - label|, over the layers. */
      rating,
      /** Layers that the label in force calls bad; null without a label. */
      badLayers: data.evaluation?.bad_layers?.flatMap((flag, row) => (flag === 1 ? [row + 1] : [])) ?? null,
      isSkipped: data.evaluation?.skipped ?? false,
    })),
  }));
export type ScoreList = z.infer<typeof scoreListSchema>;

const labelledChambersSchema = z.array(
  z
    .object({
      identifier: identifierSchema,
      data: z.object({ params: paramsSchema, evaluation: z.object({ bad_layers: z.array(z.number()) }) }),
    })
    .transform(({ identifier, data }) => ({
      chamber: chamberOfRunSchema.parse({ ...identifier, ...data.params }),
      isBad: data.evaluation.bad_layers.map((flag) => flag === 1),
    })),
);
export type LabelledChamber = z.infer<typeof labelledChambersSchema>[number];

export type ChamberSteps = z.output<typeof chamberStepsSchema>;
