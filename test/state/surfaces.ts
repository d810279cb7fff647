import {
  detectorStateSchema,
  formatChamber,
  incidentReportSchema,
  runChambersSchema,
  kindInWords,
  type ChamberSummary,
  type Standing,
} from '@dtdqm/contract';
import type pg from 'pg';
import type { Page } from 'playwright-core';
import { standingSigns } from '../../plugin/src/panels/incidents/model.ts';
import { allStatements, expand } from '../../provisioning/src/statements.ts';
import type { TestApi } from '../api/api.ts';
import { dtdqm } from '../start/dtdqm.ts';

/** Where a scenario is played. */
export interface Place {
  api: TestApi;
  /** As Grafana connects. */
  reader: pg.Client;
  /** The workbench's home page, which says the headline by now. */
  page: Page;
}

const now = new Date();
const range = { from: new Date(now.getTime() - 6 * 3_600_000), to: now };
const statements = await allStatements();

/** What a panel of the provisioned dashboards gets, as Grafana asks. */
export async function shown(
  { reader }: Pick<Place, 'reader'>,
  where: string,
): Promise<Record<string, unknown>[]> {
  const found = statements.find((each) => each.where === where);
  if (found === undefined) throw new Error(`no panel ${where}`);
  const variables = { run: '0', since: '0' };
  return (await reader.query(expand(found.sql, { range, intervalSeconds: 60, variables }))).rows as Record<
    string,
    unknown
  >[];
}

/** Panels that read the state of the detector, and whether it is their headline. */
export const panelsOfState: Record<string, boolean> = {
  'DT overview / The detector / A': true,
  'DT overview / What is not known / A': false,
  'DT overview / In figures / A': false,
  'DT morning report / The detector / A': true,
  'DT morning report / What is not known / A': false,
};

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
  ...Object.fromEntries(
    Object.keys(panelsOfState)
      .filter((where) => panelsOfState[where])
      .map((where) => [
        `panel ${where}`,
        async (place: Place) => String((await shown(place, where))[0]?.['metric']),
      ]),
  ),
  'GET /api/v1/state': async ({ api }) =>
    detectorStateSchema.parse((await api.json('/api/v1/state')).body).headline,
  'GET /api/v1/incidents/report': async ({ api }) =>
    incidentReportSchema.parse((await api.json(`/api/v1/incidents/report?${sinceEver}`)).body).state.headline,
  'the morning report': async ({ api }) =>
    headlineOfMarkdown(await (await api.fetch(`/api/v1/incidents/report.md?${sinceEver}`)).text()),
  'the workbench': async ({ page }) =>
    (await page.getByRole('status').first().locator('span').first().textContent()) ?? '',
  'dtdqm report': async ({ api }) => {
    const command = dtdqm(['report'], { env: { DATABASE_URL: api.databaseUrl } });
    await command.ended;
    return headlineOfMarkdown(command.output());
  },
};

export type Told = Pick<
  ChamberSummary,
  'wheel' | 'station' | 'sector' | 'condition' | 'standing' | 'inRun' | 'sinceRun' | 'kind'
>;

/** Every place that shows all chambers of a run. */
export const chambersOnSurfaces: Record<string, (place: Place, run: number) => Promise<Told[]>> = {
  'the view, as Grafana reads it': async ({ reader }, run) => {
    const { rows } = await reader.query<Told>(
      `select wheel, station, sector, condition, standing, in_run as "inRun", since_run as "sinceRun", kind
       from reporting.chamber_states where run = $1`,
      [run],
    );
    return rows;
  },
  'the barrel of the wall': async (place) =>
    (await shown(place, 'DT overview / Barrel / chambers')).map(
      ({ in_run: inRun, since_run: sinceRun, ...row }) => ({ ...row, inRun, sinceRun }) as Told,
    ),
  'GET /api/v1/runs/<run>/chambers': async ({ api }, run) =>
    runChambersSchema.parse((await api.json(`/api/v1/runs/${run}/chambers`)).body).chambers,
};

/** What the workbench's barrel says of a chamber, in words. */
export async function drawnInWorkbench({ page }: Place, chamber: Parameters<typeof formatChamber>[0]) {
  const cell = page.locator(`[data-chamber="${formatChamber(chamber)}"]`).first();
  return (await cell.getAttribute('aria-label')) ?? '';
}

/** The tone in which the workbench says its headline. */
export const toneOfWorkbench = async ({ page }: Place) =>
  page.locator('[data-tone]').first().getAttribute('data-tone');

/** All that stands or was seen once, as the views have it. */
export async function faultsStanding({ reader }: Place) {
  const { rows } = await reader.query<{ chamber: string; standing: Standing; kind: string }>(
    `select chamber, standing, kind from reporting.incidents where standing <> 'healed'
     union all
     select chamber, standing, kind from reporting.chamber_states join reporting.newest_run using (run)
     where standing = 'unconfirmed'`,
  );
  return rows.map(
    ({ chamber, standing, kind }) => `${standingSigns[standing].title}: ${chamber} ${kindInWords(kind)}`,
  );
}

/** The same as the workbench lists it: `count` of them. */
export async function faultsInWorkbench({ page }: Place, count: number): Promise<string[]> {
  const rows = page.locator('[data-fault]');
  if (count > 0) await rows.nth(count - 1).waitFor();
  return rows.evaluateAll((all) =>
    all.map((row) => {
      const [, name, kind] = [...row.children].map((child) => child.firstChild?.textContent?.trim());
      return `${row.closest('section')?.ariaLabel}: ${name} ${kind}`;
    }),
  );
}

/** When the run shown began, as the workbench says beside its headline; null where it shows no run. */
export async function runStartInWorkbench({ page }: Place): Promise<string | null> {
  const said = page.getByText(/^run start: /).first();
  if ((await said.count()) === 0) return null;
  const time = said.locator('time');
  if ((await time.count()) > 0) return time.getAttribute('datetime');
  return ((await said.textContent()) ?? '').replace('run start: ', '');
}
