import {
  chamberDataSchema,
  chamberHistorySchema,
  chamberSaliencySchema,
  chamberStepsSchema,
  incidentDetailSchema,
  incidentListSchema,
  incidentReportSchema,
  labelAnswerSchema,
  labelHistorySchema,
  queueNextAnswerSchema,
  queueProgressSchema,
  runChambersSchema,
  runListSchema,
  type ChamberHistory,
  type ChamberId,
  type ChamberSaliency,
  type ChamberOfRun,
  type Incident,
  type IncidentAct,
  type IncidentDetail,
  type IncidentList,
  type QueueProgress,
  type Run,
  type RunChambers,
  type SaliencyMethodName,
} from '@dtdqm/contract';
import type { z } from 'zod';
import type { LabelApi } from '../labelling/labelApi.ts';
import {
  labelledChambersSchema,
  scoreListSchema,
  type LabelledChamber,
  type ScoreList,
  type ScoreListName,
} from './originalLists.ts';
import { Problem } from './problem.ts';
import type { Send } from './send.ts';

export type ChamberSteps = z.output<typeof chamberStepsSchema>;

/** Everything the plugin asks of the monitor. Every method rejects with a Problem. */
export interface MonitorApi extends LabelApi {
  runs(cursor?: string): Promise<{ runs: Run[]; nextCursor: string | null }>;
  /** Asks for a run that is not stored. */
  fetchRun(run: number): Promise<void>;
  /** Asks for a stored run once more. */
  refetchRun(run: number): Promise<void>;
  deleteRun(run: number): Promise<void>;
  reevaluate(runs: readonly number[]): Promise<void>;
  progress(): Promise<QueueProgress>;
  /** Every chamber of a run in a line. */
  chambers(run: number): Promise<RunChambers>;
  /** Scores of a chamber in recent runs. */
  recent(chamber: ChamberOfRun): Promise<ChamberHistory>;
  /** Attribution per wire, by the method asked for; worked out anew unless that is the stored one. */
  saliency(chamber: ChamberOfRun, method: SaliencyMethodName): Promise<ChamberSaliency>;
  /** One chamber on its way through scoring and back. */
  steps(chamber: ChamberOfRun): Promise<ChamberSteps>;
  /** Chambers with their scores, a page of 20 from 1. */
  scores(list: ScoreListName, page: number): Promise<ScoreList>;
  /** Chambers with a label in force, latest first. */
  labelled(): Promise<LabelledChamber[]>;
  /** Every label, as the API's own CSV. */
  labelsCsv(): Promise<string>;
  /** Incidents that have not healed, the worst first; of one chamber when given. */
  incidents(chamber?: ChamberId): Promise<IncidentList>;
  /** Incidents that have healed since. @param at ISO 8601. */
  healedSince(at: string): Promise<Incident[]>;
  /** One incident with its history. */
  incident(incident: number): Promise<IncidentDetail>;
  /** Does something to an incident; the same act again, however often, does nothing more. */
  actOnIncident(incident: number, act: IncidentAct): Promise<IncidentDetail>;
}

/** Anything with a schema's `safeParse`. */
interface Reader<T> {
  safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: { message: string } };
}

export function monitorApi(send: Send): MonitorApi {
  const read = async <T>(reader: Reader<T>, answer: Promise<unknown>): Promise<T> => {
    const parsed = reader.safeParse(await answer);
    if (parsed.success) return parsed.data;
    throw new Problem('unreadable', parsed.error.message.slice(0, 500));
  };
  const event = async (path: string, body: unknown) =>
    (await read(labelAnswerSchema, send('POST', path, body))).event;
  return {
    next: async (query) =>
      (await read(queueNextAnswerSchema, send('POST', '/api/v1/queue/next', query))).leases,
    chamber: (chamber) => read(chamberDataSchema, send('GET', `/api/v1/chambers/${placeOf(chamber)}`)),
    history: (chamber) => read(labelHistorySchema, send('GET', `/api/v1/labels/history?${queryOf(chamber)}`)),
    label: (body) => event('/api/v1/labels', body),
    undo: (body) => event('/api/v1/labels/undo', body),
    skip: (body) => event('/api/v1/queue/skip', body),
    release: async (lease) => void (await send('POST', '/api/v1/queue/release', { lease })),
    runs: (cursor) =>
      read(
        runListSchema,
        send('GET', `/api/v1/runs${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`),
      ),
    fetchRun: async (run) => void (await send('POST', '/api/v1/runs', { run })),
    refetchRun: async (run) => void (await send('POST', `/api/v1/runs/${run}/refetch`)),
    deleteRun: async (run) => void (await send('DELETE', `/api/v1/runs/${run}`)),
    reevaluate: async (runs) => void (await send('POST', '/api/v1/runs/reevaluate', { runs })),
    progress: () => read(queueProgressSchema, send('GET', '/api/v1/queue/progress')),
    chambers: (run) => read(runChambersSchema, send('GET', `/api/v1/runs/${run}/chambers`)),
    recent: (chamber) =>
      read(chamberHistorySchema, send('GET', `/api/v1/chambers/${placeOf(chamber)}/history`)),
    saliency: (chamber, method) =>
      read(
        chamberSaliencySchema,
        send('GET', `/api/v1/chambers/${placeOf(chamber)}/saliency?method=${method}`),
      ),
    steps: (chamber) => read(chamberStepsSchema, send('GET', `/api/v1/chambers/${placeOf(chamber)}/steps`)),
    scores: (list, page) => read(scoreListSchema, send('GET', `/data/${list}.json?page=${page}`)),
    labelled: () => read(labelledChambersSchema, send('GET', '/data/user_scores.json')),
    labelsCsv: async () => String(await send('GET', '/api/v1/labels/export?format=csv')),
    incidents: (chamber) =>
      read(incidentListSchema, send('GET', `/api/v1/incidents${chamber ? `?${queryOf(chamber)}` : ''}`)),
    healedSince: async (at) => {
      const path = `/api/v1/incidents/report?at=${encodeURIComponent(at)}`;
      return (await read(incidentReportSchema, send('GET', path))).healed;
    },
    incident: (incident) => read(incidentDetailSchema, send('GET', `/api/v1/incidents/${incident}`)),
    actOnIncident: (incident, act) =>
      read(incidentDetailSchema, send('POST', `/api/v1/incidents/${incident}/acts`, act)),
  };
}

/** `run/wheel/sector/station`, the order of the original tool's addresses. */
export function placeOf({ run, wheel, sector, station }: ChamberOfRun): string {
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
