import {
  detectorStateSchema,
  incidentReportSchema,
  runChambersSchema,
  type ChamberSummary,
} from '@dtdqm/contract';
import type pg from 'pg';
import type { TestApi } from '../api/api.ts';
import { dtdqm } from '../start/dtdqm.ts';

export interface Place {
  api: TestApi;
  /** As Grafana connects. */
  reader: pg.Client;
}

const sinceEver = 'at=2001-01-01T00:00:00Z';
const headlineOfMarkdown = (text: string) => /^\*\*(.*)\.\*\*$/m.exec(text)?.[1] ?? text;

/** Every place that says in one line how the detector stands. */
export const headlinesOnSurfaces: Record<string, (place: Place) => Promise<string>> = {
  'the view, as Grafana reads it': async ({ reader }) => {
    const { rows } = await reader.query<{ headline: string }>(
      'select headline from reporting.detector_state()',
    );
    return rows[0]?.headline ?? '';
  },
  'GET /api/v1/state': async ({ api }) =>
    detectorStateSchema.parse((await api.json('/api/v1/state')).body).headline,
  'GET /api/v1/incidents/report': async ({ api }) =>
    incidentReportSchema.parse((await api.json(`/api/v1/incidents/report?${sinceEver}`)).body).state.headline,
  'the morning report': async ({ api }) =>
    headlineOfMarkdown(await (await api.fetch(`/api/v1/incidents/report.md?${sinceEver}`)).text()),
  'dtdqm report': async ({ api }) => {
    const command = dtdqm(['report'], { env: { DATABASE_URL: api.databaseUrl } });
    await command.ended;
    return headlineOfMarkdown(command.output());
  },
};

type Told = Pick<
  ChamberSummary,
  'wheel' | 'station' | 'sector' | 'condition' | 'standing' | 'inRun' | 'sinceRun'
>;

/** Every place that shows all chambers of a run. */
export const chambersOnSurfaces: Record<string, (place: Place, run: number) => Promise<Told[]>> = {
  'the view, as Grafana reads it': async ({ reader }, run) => {
    const { rows } = await reader.query<Told>(
      `select wheel, station, sector, condition, standing, in_run as "inRun", since_run as "sinceRun"
       from reporting.chamber_states where run = $1`,
      [run],
    );
    return rows;
  },
  'GET /api/v1/runs/<run>/chambers': async ({ api }, run) =>
    runChambersSchema.parse((await api.json(`/api/v1/runs/${run}/chambers`)).body).chambers,
};
