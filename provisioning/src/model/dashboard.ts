import { type DashboardName, dashboardUids } from '@dtdqm/contract';
import { dataSource, processesUid, tag } from '../vocabulary.ts';
import { type Panel, tidy, type Meaning, meaning } from './panel.ts';

const columns = 24;

export interface DashboardFields {
  /** One of our own, or the uid of one that the others do not lead to. */
  name: DashboardName | typeof processesUid;
  title: string;
  description: string;
  variables: readonly Variable[];
  /** Panels row by row, left to right, or several over one another; a row is as high as its highest. */
  rows: readonly (readonly (Panel | readonly Panel[])[])[];
  from: string;
  /** How often the page asks again; empty for never. */
  refresh: string;
}

export type Dashboard = Record<string, unknown>;

/** Version of the dashboard schema, older than that of the oldest Grafana that is promised: each brings it up to its own by itself. */
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
    // They mark times, so they belong where there is an axis of time.
    annotations: { list: isOwn && hasTimeAxis(rows) ? annotations : [] },
    templating: { list: isOwn ? [...variables, dataVariable] : variables },
    panels: place(rows),
  };
}

const hasTimeAxis = (rows: DashboardFields['rows']) =>
  rows.flat(2).some(({ json }) => json['type'] === 'timeseries');

function place(rows: DashboardFields['rows']): Record<string, unknown>[] {
  const placed: Record<string, unknown>[] = [];
  let top = 0;
  for (const row of rows) {
    let x = 0;
    let height = 0;
    for (const stack of row.map((each) => [each].flat())) {
      let y = top;
      for (const { w, h, json } of stack) {
        placed.push({ id: placed.length + 1, gridPos: { x, y, w, h }, ...json });
        y += h;
      }
      x += Math.max(...stack.map(({ w }) => w));
      height = Math.max(height, y - top);
    }
    if (x > columns) throw new RangeError(`row at ${top} is ${x} columns wide, the grid has ${columns}`);
    top += height;
  }
  return placed;
}

export type Variable = Record<string, unknown>;

const newest = { selected: true, text: 'newest', value: '0' };

/** Run to look at; 0 follows the newest one, so that a wall display need not be touched. */
export const runVariable: Variable = {
  type: 'query',
  name: 'run',
  label: 'Run',
  description: 'Run to look at; newest follows the run that was stored last.',
  datasource: dataSource,
  definition: 'newest, then runs from the newest on',
  query: tidy(`
    select 'newest' as __text, '0' as __value
    union all
    (select run::text, run::text from reporting.runs where model is not null order by run desc limit 1000)
  `),
  current: newest,
  options: [],
  refresh: 2,
  sort: 0,
  regex: '',
  multi: false,
  includeAll: false,
  hide: 0,
  skipUrlSync: false,
};

/** The chamber and the run of the variables, as people call them: for the title of a panel. */
export const chamberVariable: Variable = {
  ...runVariable,
  name: 'shown',
  label: 'Shown',
  description: 'The chamber shown, by its name, and the run.',
  definition: 'name of the chamber, and run',
  query: tidy(`
    select said as __text, said as __value
    from (select format('%s, run %s', reporting.chamber_name(\${wheel}, \${station}, \${sector}), reporting.run_or_newest(\${run})) as said) as s
  `),
  current: { selected: true, text: 'chamber', value: 'chamber' },
  hide: 2,
  // Worked out anew on each dashboard, so that no link takes the name of another chamber along.
  skipUrlSync: true,
};

const counts = [30, 100, 300, 1000];

/** Says on each dashboard when a replica is read that is cut off or slow; a wall hides it, and has its headline. */
const dataVariable: Variable = {
  ...runVariable,
  name: 'data',
  label: 'Data',
  description:
    'Whether all that is stored is shown, or a replica that does not follow: how long ago it had its newest change.',
  definition: 'age of the replica that is read',
  query: tidy(`
    select said as __text, said as __value
    from (select case when reporting.replica_age() > interval '1 minute'
                      then 'REPLICA ' || reporting.age_in_words(reporting.replica_age()) || ' OLD' else 'all that is stored' end as said) as s
  `),
  current: { selected: true, text: 'not known', value: 'not known' },
  skipUrlSync: true,
};

/** How many runs the charts over runs show. */
export const lastVariable: Variable = choice(
  'last',
  'Runs shown',
  'How many runs the charts show, up to the one chosen.',
  counts,
  100,
  false,
);

/** The runs on the axis of a chart, as `r`: also those of which nothing is known, so that they are seen as gaps. */
export const runsShown =
  '(select run from reporting.runs where run <= reporting.run_or_newest(${run}) order by run desc limit ${last}) as r';

/** Which Prometheus scrapes API and workers; the first that Grafana knows unless chosen. */
export const prometheusVariable: Variable = {
  type: 'datasource',
  name: 'prometheus',
  label: 'Prometheus',
  description: 'The data source that scrapes /metrics of the API and the workers.',
  query: 'prometheus',
  current: {},
  options: [],
  refresh: 1,
  regex: '',
  multi: false,
  includeAll: false,
  hide: 0,
  skipUrlSync: false,
};

function choice(
  name: string,
  label: string,
  description: string,
  values: readonly number[],
  initial: number,
  all: boolean,
): Variable {
  const options = values.map((value) => ({
    text: String(value),
    value: String(value),
    selected: !all && value === initial,
  }));
  const everything = { text: 'All', value: '$__all', selected: true };
  return {
    type: 'custom',
    name,
    label,
    description,
    query: values.join(','),
    options: all ? [everything, ...options] : options,
    current: all
      ? { text: ['All'], value: ['$__all'], selected: true }
      : { text: String(initial), value: String(initial), selected: true },
    multi: all,
    includeAll: all,
    hide: 0,
    skipUrlSync: false,
  };
}

const upTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Wheel, station and sector; `all` lets several be chosen at once and begins with all of them. */
export function placeVariables({ all = false } = {}): Variable[] {
  return [
    choice('wheel', 'Wheel', 'Wheels -2 to 2', upTo(-2, 2), 0, all),
    choice('station', 'Station', 'MB1 to MB4, from the beam outwards', upTo(1, 4), 1, all),
    choice('sector', 'Sector', 'Sectors 1 to 12; 13 and 14 exist in station 4 only', upTo(1, 14), 1, all),
  ];
}

type Annotation = Record<string, unknown>;

function annotation(name: string, as: Meaning, enable: boolean, sql: string): Annotation {
  const rawSql = tidy(sql);
  return {
    name,
    datasource: dataSource,
    enable,
    hide: false,
    iconColor: meaning[as],
    rawQuery: rawSql,
    target: {
      refId: 'Anno',
      datasource: dataSource,
      editorMode: 'code',
      format: 'table',
      rawQuery: true,
      rawSql,
    },
  };
}

/** A row of reporting.run_changes as panels say it: `trip, layer 5, 2 % left`. */
export const changeInWords = `what || format(case kind when 'recovery' then ', %s %% of the hits expected' else ', %s %% left' end, round(100 * ratio))`;

const annotations: readonly Annotation[] = [
  annotation(
    'Incidents',
    'loud',
    true,
    `
    select opened_at as time, healed_at as timeend,
           format('%s: %s, since run %s', chamber, reporting.fault_in_words(kind, station, layers::integer[], first_wire, last_wire), first_run) as text, severity || ',' || standing as tags
    from reporting.incidents
    where $__timeFilter(opened_at) and severity <> 'info'
    order by opened_at desc limit 200
    `,
  ),
  annotation(
    'Changes inside runs',
    'warning',
    true,
    `
    select coalesce(from_at, to_at) as time, to_at as timeend, chamber || ': ' || ${changeInWords} as text, kind as tags
    from reporting.run_changes
    where $__timeFilter(to_at)
    order by to_at desc limit 200
    `,
  ),
  annotation(
    'Labels of spans',
    'accent',
    true,
    `
    select coalesce(from_at, at) as time, at as timeend,
           format('%s: layer %s, says %s', chamber, concat_ws('; ', array_to_string(nullif(bad_layers, '{}'), ', ') || ' bad',
             array_to_string(nullif(not_sure_layers, '{}'), ', ') || ' not sure', array_to_string(nullif(good_layers, '{}'), ', ') || ' good'), expert) as text,
           'label' as tags
    from reporting.span_labels
    where $__timeFilter(at)
    order by at desc limit 200
    `,
  ),
  annotation(
    'Models',
    'accent',
    true,
    `
    select at as time, 'Model ' || model || ' registered' as text
    from reporting.models
    where $__timeFilter(at)
    `,
  ),
  annotation(
    'Runs',
    'muted',
    false,
    `
    select at as time, 'Run ' || run || ' stored' as text
    from reporting.run_summaries
    where $__timeFilter(at)
    order by at desc limit 500
    `,
  ),
];

const time = '${__url_time_range}';

/** To the chamber that a table's row is about; it must have the columns wheel, station, sector and the named run. */
export function toChamberOfRow(run = 'run'): { title: string; url: string } {
  const field = (name: string) => '${__data.fields.' + name + '}';
  return {
    title: 'Open the chamber',
    url: `/d/${dashboardUids.chamber}?var-run=${field(run)}&var-wheel=${field('wheel')}&var-station=${field('station')}&var-sector=${field('sector')}&${time}`,
  };
}

/** To the overview of the run in a table's row. */
export const toRunOfRow = {
  title: 'Open the run',
  url: `/d/${dashboardUids.overview}?var-run=\${__data.fields.run}&${time}`,
};

/** Where a click in the barrel leads; the panel fills in the place. */
export const toChamberOfBarrel = `/d/${dashboardUids.chamber}?var-run=\${run}&var-wheel=\${wheel}&var-station=\${station}&var-sector=\${sector}`;
