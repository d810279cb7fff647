import { dataSource, thresholds } from '../vocabulary.ts';
import { incidentRules } from './incidentRules.ts';
import type { RuleGroup } from './rule.ts';

const { badShare, staleMinutes, scoreDrift, agreement } = thresholds;

/** Every alert rule. Rows are problems unless noDataState says otherwise. */
export const ruleGroups: readonly RuleGroup[] = [
  incidentRules,
  {
    name: 'DT runs',
    interval: '1m',
    rules: [
      ...(['warning', 'critical'] as const).map((severity) => ({
        uid: `dtdqm-bad-share-${severity}`,
        title: severity === 'critical' ? 'Very many bad layers' : 'Many bad layers',
        about: `more than ${Math.round(badShare[severity] * 100)} % of the layers of the newest run`,
        sql: `select bad_share as share from reporting.run_summaries join reporting.newest_run using (run)`,
        fires: { when: 'gt' as const, value: badShare[severity] },
        for: '2m',
        noDataState: 'OK' as const,
        severity,
        audience: 'detector' as const,
        topic: 'run' as const,
        summary: '{{ humanizePercentage .Values.A.Value }} of the layers of the newest run are bad',
        description: `It should be below ${Math.round(badShare[severity] * 100)} %.`,
        dashboard: 'overview' as const,
        runbook: 'many-bad-layers',
      })),
      {
        uid: 'dtdqm-emerging',
        title: 'Many newly bad layers',
        about: `more than ${thresholds.emergingLayers} layers that were good in the run before`,
        sql: `select count(*) as layers from reporting.emerging_layers join reporting.newest_run using (run)`,
        fires: { when: 'gt', value: thresholds.emergingLayers },
        for: '0s',
        noDataState: 'OK',
        severity: 'warning',
        audience: 'detector',
        topic: 'run',
        summary: '{{ .Values.A }} layers are bad in the newest run that were good in the run before',
        description: `About 3 are usual, more than ${thresholds.emergingLayers} point to a common cause.`,
        dashboard: 'runs',
        runbook: 'many-bad-layers',
      },
      {
        uid: 'dtdqm-run-error',
        title: 'Run in ERROR',
        about: 'a run that the source lists failed within 7 days and still does',
        sql: `
          select run::text, 1 as failed
          from reporting.failed_runs where updated_at > now() - interval '7 days'
        `,
        fires: { when: 'gt', value: 0 },
        for: '15m',
        noDataState: 'OK',
        severity: 'warning',
        audience: 'monitor',
        topic: 'run',
        // No reason among the labels: each that is another begins a quarter of an hour anew.
        summary: 'Run {{ .Labels.run }} could not be fetched',
        description:
          'The monitor has tried again by itself for a quarter of an hour. The reason stands beside the run.',
        dashboard: 'operations',
        run: 'var-run={{ .Labels.run }}',
        runbook: 'run-error',
      },
      {
        uid: 'dtdqm-coverage',
        title: 'Source shows less of a run than before',
        about:
          'histograms of a stored run went or lost hits at the DQM server, within 7 days, and are not back',
        sql: `
          select run::text, chambers
          from reporting.coverage_incidents where closed_at is null and opened_at > now() - interval '7 days'
        `,
        fires: { when: 'gt', value: 0 },
        for: '5m',
        noDataState: 'OK',
        severity: 'warning',
        audience: 'monitor',
        topic: 'run',
        summary: 'Run {{ .Labels.run }}: the source shows less of {{ .Values.A }} chambers than before',
        description:
          'What was stored before is kept, and says nothing of the time since. Until this ends the run may miss hits.',
        dashboard: 'operations',
        run: 'var-run={{ .Labels.run }}',
        runbook: 'coverage',
      },
      ...(['warning', 'critical'] as const).map((severity) => ({
        uid: `dtdqm-stale-${severity}`,
        title: severity === 'critical' ? 'No new run for very long' : 'No new run',
        about: `${staleMinutes[severity] / 60} h since one was stored that could be judged`,
        sql: `
          select extract(epoch from now() - coalesce(r.fetched_at, (select min(at) from reporting.models))) / 60 as minutes
          from reporting.newest_run left join reporting.runs r using (run)
        `,
        fires: { when: 'gt' as const, value: staleMinutes[severity] },
        for: '5m',
        noDataState: 'Alerting' as const,
        severity,
        audience: 'monitor' as const,
        topic: 'beam' as const,
        summary:
          'No run that could be judged has been stored for {{ printf "%.0f" .Values.A.Value }} minutes',
        description:
          'Without beam this is normal: mute the topic "beam". Otherwise the DQM server or the worker is in trouble.',
        dashboard: 'operations' as const,
        runbook: 'no-new-run',
      })),
    ],
  },
  {
    name: 'DT monitor',
    interval: '1m',
    rules: [
      {
        uid: 'dtdqm-worker-silent',
        title: 'Worker not alive',
        about: `${thresholds.workerSilentMinutes} min since a worker looked for runs`,
        sql: `
          -- The queue remembers a day.
          select coalesce(extract(epoch from now() - last_discovery) / 60, 1440) as minutes
          from reporting.last_discovery()
        `,
        fires: { when: 'gt', value: thresholds.workerSilentMinutes },
        for: '2m',
        noDataState: 'Alerting',
        severity: 'critical',
        audience: 'monitor',
        topic: 'worker',
        summary: 'No worker has looked for runs for {{ printf "%.0f" .Values.A.Value }} minutes',
        description: 'No run is fetched or scored until one does.',
        dashboard: 'operations',
        runbook: 'worker-not-alive',
      },
      {
        uid: 'dtdqm-look-overdue',
        title: 'Run in progress not looked at',
        about: `the next look at a run in progress is due for ${thresholds.lookOverdueMinutes} min`,
        sql: `select run::text, minutes from reporting.overdue_looks order by overdue_looks.run desc limit 1`,
        fires: { when: 'gt', value: 0 },
        for: '0s',
        noDataState: 'OK',
        severity: 'warning',
        audience: 'monitor',
        topic: 'worker',
        summary:
          'Run {{ .Labels.run }} is in progress, and the next look at it is due for {{ printf "%.0f" .Values.A.Value }} minutes',
        description: 'What happens in it now is not seen: that nothing is told is no sign of health.',
        dashboard: 'operations',
        runbook: 'look-overdue',
      },
      {
        uid: 'dtdqm-replica-old',
        title: 'Dashboards show an old replica',
        about: `${thresholds.replicaMinutes} min since the newest change that the replica of the dashboards shows, while it does not follow`,
        // A database of its own has no age. A replica that does not answer is no row but an error, which is told.
        sql: `
          select extract(epoch from age) / 60 as minutes
          from (select reporting.replica_age() as age) as replica where age is not null
        `,
        source: dataSource,
        fires: { when: 'gt', value: thresholds.replicaMinutes },
        for: '0s',
        noDataState: 'OK',
        severity: 'warning',
        audience: 'monitor',
        topic: 'worker',
        summary:
          'The dashboards show nothing newer than {{ printf "%.0f" .Values.A.Value }} minutes: their replica does not follow',
        description: 'Alert rules, API and panels read the database itself and know what is new.',
        dashboard: 'operations',
        runbook: 'replica-old',
      },
    ],
  },
  {
    name: 'DT model',
    interval: '10m',
    rules: [
      ...(['warning', 'critical'] as const).map((severity) => ({
        uid: `dtdqm-score-drift-${severity}`,
        title: severity === 'critical' ? 'Scores have changed beyond trust' : 'Scores drift',
        about: `median PSI of the 3 newest runs above ${scoreDrift[severity]}`,
        // The median of three runs: one odd run is no drift.
        sql: `
          select percentile_cont(0.5) within group (order by psi) as psi
          from reporting.score_drift(2147483647, 3)
          having count(*) = 3
        `,
        fires: { when: 'gt' as const, value: scoreDrift[severity] },
        for: '0s',
        noDataState: 'OK' as const,
        severity,
        audience: 'monitor' as const,
        topic: 'model' as const,
        summary:
          'The scores of the newest runs are distributed differently: PSI {{ printf "%.2f" .Values.A.Value }}',
        description:
          'Either the detector changed (many faults, lowered voltage), or the data did, or the model no longer fits.',
        dashboard: 'model' as const,
        runbook: 'score-drift',
      })),
      {
        uid: 'dtdqm-low-agreement',
        title: 'Model and people disagree',
        about: `fewer than ${agreement.least * 100} % of ${agreement.days} days' labels (${agreement.labels} at least) agree`,
        sql: `
          select sum(passes + hits)::real / sum(passes + false_alarms + hits + misses) as agreement
          from reporting.labelled_chambers where at > now() - interval '${agreement.days} days'
          having sum(passes + false_alarms + hits + misses) >= ${agreement.labels}
        `,
        fires: { when: 'lt', value: agreement.least },
        for: '0s',
        noDataState: 'OK',
        severity: 'info',
        audience: 'monitor',
        topic: 'model',
        summary: 'Only {{ humanizePercentage .Values.A.Value }} of the labels agree with the model',
        description: `Over ${agreement.days} days; the queue prefers doubtful chambers, so some disagreement is usual.`,
        dashboard: 'model',
        runbook: 'low-agreement',
      },
    ],
  },
];
