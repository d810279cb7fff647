import { dashboardUids, processesUid, tag, type DashboardName } from '../names.ts';
import { annotations } from './annotations.ts';
import type { Panel } from './panel.ts';
import type { Variable } from './variables.ts';

const columns = 24;

export interface DashboardFields {
  /** One of our own, or the uid of one that the others do not lead to. */
  name: DashboardName | typeof processesUid;
  title: string;
  description: string;
  variables: readonly Variable[];
  /** Panels row by row, left to right; a row is as high as its highest panel. */
  rows: readonly (readonly Panel[])[];
  from: string;
  /** How often the page asks again; empty for never. */
  refresh: string;
}

export type Dashboard = Record<string, unknown>;

/** Version of the dashboard schema that Grafana 9.4 reads; newer ones bring it up to date by themselves. */
const schemaVersion = 37;

/**
 * A dashboard as Grafana's JSON, the same for the same input.
 *
 * @throws {RangeError} when a row is wider than the grid.
 */
export function dashboard({
  name,
  title,
  description,
  variables,
  rows,
  from,
  refresh,
}: DashboardFields): Dashboard {
  const isOwn = name !== processesUid;
  return {
    uid: isOwn ? dashboardUids[name] : name,
    title,
    description,
    tags: isOwn ? [tag] : [],
    schemaVersion,
    version: 1,
    editable: false,
    graphTooltip: 1,
    timezone: 'browser',
    weekStart: 'monday',
    style: 'dark',
    time: { from, to: 'now' },
    timepicker: { refresh_intervals: ['10s', '30s', '1m', '5m', '15m', '1h'] },
    refresh,
    liveNow: false,
    fiscalYearStartMonth: 0,
    links: [
      {
        type: 'dashboards',
        title: 'Drift tubes',
        tags: [tag],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: '',
        url: '',
      },
    ],
    annotations: { list: isOwn ? annotations : [] },
    templating: { list: variables },
    panels: place(rows),
  };
}

function place(rows: readonly (readonly Panel[])[]): Record<string, unknown>[] {
  const placed: Record<string, unknown>[] = [];
  let y = 0;
  for (const row of rows) {
    let x = 0;
    for (const { w, h, json } of row) {
      placed.push({ id: placed.length + 1, gridPos: { x, y, w, h }, ...json });
      x += w;
    }
    if (x > columns) throw new RangeError(`row at ${y} is ${x} columns wide, the grid has ${columns}`);
    y += Math.max(...row.map(({ h }) => h));
  }
  return placed;
}
