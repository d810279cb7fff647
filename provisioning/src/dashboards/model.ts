import { dashboard, lastVariable, runsShown, runVariable } from '../model/dashboard.ts';
import { steps } from '../model/panel.ts';
import { barChart, stat, table, trend } from '../model/kinds.ts';
import { thresholds } from '../vocabulary.ts';

/** Whether the model can still be believed. */
export const model = dashboard({
  name: 'model',
  title: 'DT model',
  description: 'Distribution and drift of the scores, and how they compare with what people say.',
  variables: [runVariable, lastVariable],
  from: 'now-30d',
  refresh: '5m',
  rows: [
    [
      stat({
        w: 6,
        h: 4,
        title: 'Model of the run',
        description: 'Name and version of the model whose scores are shown for the run chosen.',
        queries: [{ sql: `select model from reporting.runs where run = reporting.run_or_newest(\${run})` }],
        field: '/model/',
        noValue: 'no run could be judged yet',
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Drift of the run',
        description: `Population stability index against the 20 runs before by the same model; from ${thresholds.scoreDrift.warning} on look closer, from ${thresholds.scoreDrift.critical} on do not trust the scores unseen.`,
        queries: [
          {
            sql: `select psi from reporting.score_drift(reporting.run_or_newest(\${run}), 1) where run = reporting.run_or_newest(\${run})`,
          },
        ],
        decimals: 3,
        thresholds: steps(
          { from: thresholds.scoreDrift.warning, as: 'warning' },
          { from: thresholds.scoreDrift.critical, as: 'loud' },
        ),
        noValue: 'needs 5 earlier runs',
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Bad layers found',
        description: 'Of layers that people call bad, the share that the model calls bad (sensitivity).',
        queries: [
          {
            sql: `select sum(hits)::real / sum(hits + misses) as sensitivity from reporting.labelled_chambers having sum(hits + misses) > 0`,
          },
        ],
        unit: 'percentunit',
        decimals: 1,
        noValue: 'none labelled bad',
      }),
      stat({
        w: 6,
        h: 4,
        title: 'False alarms',
        description:
          'Of layers that people call good, the share that the model calls bad. The queue prefers doubtful chambers, so this is an upper bound.',
        queries: [
          {
            sql: `select sum(false_alarms)::real / sum(passes + false_alarms) as false_alarms from reporting.labelled_chambers having sum(passes + false_alarms) > 0`,
          },
        ],
        unit: 'percentunit',
        decimals: 2,
        noValue: 'no labels yet',
      }),
    ],
    [
      barChart({
        w: 12,
        h: 9,
        title: 'Scores of the run',
        description:
          'Layers by score, in steps of 0.05, on a logarithmic scale. A healthy model is sure: nearly all layers stand at the left end, few in the middle.',
        noValue: 'no run could be judged yet',
        queries: [
          {
            sql: `
            select to_char(n / 20.0, 'FM0.00') as score, coalesce(b.layers, 0) as "Layers"
            from generate_series(0, 19) as n
            left join reporting.score_bins b on b.bin = n and b.run = reporting.run_or_newest(\${run})
            order by n
            `,
          },
        ],
        unit: 'short',
        log: true,
        axisLabel: 'Layers',
        columns: [{ name: 'score', unit: 'string' }],
      }),
      trend({
        w: 12,
        h: 9,
        title: 'Drift of the scores over runs',
        description:
          'Population stability index of each run against the 20 before by the same model. The lines are where alerts begin.',
        queries: [
          {
            sql: `
            select r.run, d.psi as "PSI" from ${runsShown}
            left join reporting.score_drift(reporting.run_or_newest(\${run}), \${last}) d on d.run = r.run order by 1
            `,
          },
        ],
        min: 0,
        thresholds: steps(
          { from: thresholds.scoreDrift.warning, as: 'warning' },
          { from: thresholds.scoreDrift.critical, as: 'loud' },
        ),
        showThresholds: true,
        noValue: 'needs 5 earlier runs by the same model',
      }),
    ],
    [
      barChart({
        w: 12,
        h: 9,
        title: 'Calibration against labels',
        description:
          'Labelled layers by score, in tenths: the mean score beside the share that people call bad. Equal heights mean that a score is a probability.',
        noValue: 'no labels yet',
        queries: [
          {
            sql: `
            select to_char(bin / 10.0, 'FM0.0') as score, mean_score as "Mean score", share_bad as "Called bad by people"
            from reporting.calibration order by bin
            `,
          },
        ],
        unit: 'percentunit',
        max: 1,
        columns: [
          { name: 'score', unit: 'string' },
          { name: 'Mean score', colour: 'muted' },
          { name: 'Called bad by people', colour: 'loud' },
        ],
      }),
      table({
        w: 12,
        h: 9,
        title: 'Where people and model differ',
        description: 'Layers whose label says otherwise than the model, the surest errors first.',
        noValue: 'nowhere, or no labels yet',
        queries: [
          {
            sql: `
            -- The surest errors stand in as many chambers at most.
            select d.at, d.run, reporting.chamber_name(d.wheel, d.station, d.sector) as chamber, d.layer, d.label, d.verdict, d.score, d.expert
            from (select * from reporting.labelled_chambers where worst_error is not null order by worst_error desc limit 100) as c
            cross join lateral (
              select * from reporting.model_agreement a
              where (a.run, a.wheel, a.station, a.sector) = (c.run, c.wheel, c.station, c.sector) and not a.agrees
              offset 0 -- chamber by chamber: joined, all labels are read
            ) as d
            order by abs(d.score - (d.label = 'bad')::integer) desc limit 100
            `,
          },
        ],
        columns: [
          { name: 'at', title: 'When', unit: 'dateTimeAsLocal', width: 160 },
          { name: 'run', title: 'Run', width: 80, unit: 'none' },
          { name: 'chamber', title: 'Chamber' },
          { name: 'layer', title: 'Layer', width: 60 },
          { name: 'label', title: 'People say', width: 90 },
          { name: 'verdict', title: 'Model says', width: 90 },
          { name: 'score', title: 'Score', decimals: 2, width: 70 },
          { name: 'expert', title: 'Expert' },
        ],
      }),
    ],
    [
      table({
        w: 24,
        h: 7,
        title: 'Models',
        description: 'Every model that ever scored a run, and how many runs show its scores now.',
        noValue: 'no model has been registered yet: no worker has started',
        queries: [
          {
            sql: `
            select m.model, m.at, count(r.run) as runs, min(r.run) as first_run, max(r.run) as last_run, avg(r.bad_layers) as bad_layers, m.hash
            from reporting.models m left join reporting.runs r on r.model = m.model
            group by m.model, m.at, m.hash order by m.at desc
            `,
          },
        ],
        columns: [
          { name: 'model', title: 'Model' },
          { name: 'at', title: 'Registered', unit: 'dateTimeAsLocal' },
          { name: 'runs', title: 'Runs' },
          { name: 'first_run', title: 'First run', unit: 'none' },
          { name: 'last_run', title: 'Last run', unit: 'none' },
          { name: 'bad_layers', title: 'Bad layers a run', decimals: 1 },
          { name: 'hash', title: 'Hash of the weights' },
        ],
      }),
    ],
  ],
});
