import { dashboard, placeVariables, runVariable } from '../model/dashboard.ts';
import { steps, worriedBelow, chamber } from '../model/panel.ts';
import { barChart, stat, table, timeSeries } from '../model/kinds.ts';
import { thresholds } from '../vocabulary.ts';
import { chamberFrames } from './chamber.ts';

/** Where labels are made, and what they add up to. */
export const labelling = dashboard({
  name: 'labelling',
  title: 'DT labelling',
  description:
    'The queue of chambers to label, and progress, agreement and contamination. Labelling needs the role Editor.',
  variables: [runVariable, ...placeVariables()],
  from: 'now-30d',
  refresh: '',
  rows: [
    [
      chamber({
        w: 24,
        h: 18,
        title: 'Next chamber',
        description:
          'The chamber from which the monitor learns most, or an audit drawn at random. It is answered blind: scores appear after your answer. Everything works by keyboard: press ? for the keys.',
        queries: chamberFrames,
        options: { labelling: 'queue', blindFirst: true },
      }),
    ],
    [
      stat({
        w: 6,
        h: 4,
        title: 'Labelled chambers',
        description: 'Chambers with a label in force.',
        queries: [{ sql: `select count(*) as chambers from reporting.labelled_chambers` }],
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Waiting in the queue',
        description: 'Scored chambers that nobody has labelled, skipped or has in hand.',
        queries: [
          {
            sql: `select coalesce(sum(chambers), 0)::bigint as chambers from reporting.queue_states where state = 'waiting'`,
          },
        ],
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Experts agree on',
        description: 'Share of the layers judged by at least two experts on which all of them agree.',
        queries: [{ sql: `select share_agreed from reporting.agreement where layers > 0` }],
        unit: 'percentunit',
        decimals: 1,
        noValue: 'no layer judged twice',
      }),
      stat({
        w: 6,
        h: 4,
        title: "Krippendorff's alpha",
        description:
          'Agreement beyond chance: 1 is full agreement, 0 is chance. Below 0.67 the labelling guide needs work.',
        queries: [{ sql: `select alpha from reporting.agreement where alpha is not null` }],
        decimals: 2,
        mappings: worriedBelow(0.67),
        noValue: 'not known yet',
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Labels per day and expert',
        description: 'How many chambers each expert labelled.',
        noValue: 'no labels in the time shown',
        queries: [
          {
            format: 'time_series',
            sql: `
            select day as time, labels, expert as metric
            from reporting.labelling_progress where $__timeFilter(day) order by 1, 3
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
      table({
        w: 12,
        h: 9,
        title: 'Experts',
        description:
          'Everything each expert did in the time shown; seconds are the median from showing to answering.',
        noValue: 'nobody has labelled in the time shown',
        queries: [
          {
            sql: `
            select expert, sum(labels) as labels, sum(skips) as skips, sum(undos) as undos,
                   avg(median_seconds) as seconds, max(day) as last_day
            from reporting.labelling_progress where $__timeFilter(day)
            group by expert order by labels desc
            `,
          },
        ],
        columns: [
          { name: 'expert', title: 'Expert' },
          { name: 'labels', title: 'Labels', width: 75 },
          { name: 'skips', title: 'Skips', width: 75 },
          { name: 'undos', title: 'Undone', width: 75 },
          { name: 'seconds', title: 'Time for one', unit: 's', decimals: 1, width: 110 },
          { name: 'last_day', title: 'Last day', unit: 'dateTimeAsLocal', width: 160 },
        ],
      }),
    ],
    [
      barChart({
        w: 12,
        h: 9,
        title: 'Contamination by station',
        description:
          'Share of bad layers among those that people called good or bad. The queue prefers odd chambers: only its audits are a fair sample.',
        noValue: 'no layer has been called good or bad yet',
        queries: [
          {
            sql: `
            select 'MB' || station as station, sum(bad)::real / sum(labelled) as "Bad"
            from reporting.contamination group by 1 order by 1
            `,
          },
        ],
        unit: 'percentunit',
        decimals: 1,
      }),
      table({
        w: 12,
        h: 9,
        title: 'Contamination by station and layer',
        description: 'As on the left, for every layer.',
        noValue: 'no layer has been called good or bad yet',
        queries: [
          {
            sql: `select 'MB' || station as station, layer, labelled, bad, share from reporting.contamination order by station, layer`,
          },
        ],
        columns: [
          { name: 'station', title: 'Station', width: 85 },
          { name: 'layer', title: 'Layer', width: 70 },
          { name: 'labelled', title: 'Labelled', width: 90 },
          { name: 'bad', title: 'Bad', width: 70 },
          { name: 'share', title: 'Share', unit: 'percentunit', decimals: 1, gaugeTo: 1 },
        ],
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 8,
        title: 'Agreement of model and people per day',
        description: `Share of layer labels, good or bad, that say what the model says. Below ${thresholds.agreement.least} an alert goes out.`,
        noValue: 'no labels in the time shown',
        queries: [
          {
            format: 'time_series',
            sql: `
            select date_trunc('day', at) as time, sum(passes + hits)::real / sum(passes + false_alarms + hits + misses) as "Agreement"
            from reporting.labelled_chambers where $__timeFilter(at) and passes + false_alarms + hits + misses > 0 group by 1 order by 1
            `,
          },
        ],
        unit: 'percentunit',
        max: 1,
        thresholds: steps({ from: thresholds.agreement.least, as: 'warning' }),
        showThresholds: true,
        legend: false,
      }),
      table({
        w: 12,
        h: 8,
        title: 'The queue',
        description: 'How many chambers are in each state.',
        noValue: 'no chamber has been scored yet',
        queries: [{ sql: `select state, chambers from reporting.queue_states order by state` }],
        columns: [
          { name: 'state', title: 'State' },
          { name: 'chambers', title: 'Chambers' },
        ],
      }),
    ],
  ],
});
