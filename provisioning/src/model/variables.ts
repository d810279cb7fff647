import { dataSource } from '../names.ts';
import { tidy } from './panel.ts';

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
