import { dataSource } from '../names.ts';
import { meaning, type Meaning } from './field.ts';
import { tidy } from './panel.ts';

export type Annotation = Record<string, unknown>;

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

export const annotations: readonly Annotation[] = [
  annotation(
    'Incidents',
    'loud',
    true,
    `
    select opened_at as time, healed_at as timeend,
           format('%s in wheel %s, MB%s, sector %s', kind, wheel, station, sector) as text, severity || ',' || state as tags
    from reporting.incidents
    where $__timeFilter(opened_at) and severity <> 'info'
    order by opened_at desc limit 200
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
