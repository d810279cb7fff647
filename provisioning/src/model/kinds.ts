import {
  meaning,
  others,
  override,
  steps,
  type Column,
  type Thresholds,
  panel,
  type Panel,
  type PanelFields,
} from './panel.ts';

interface NumberFields extends PanelFields {
  unit?: string;
  decimals?: number;
  thresholds?: Thresholds;
  mappings?: readonly Record<string, unknown>[];
  /** What it means that there is nothing to show, in words: "No data" says nothing. */
  noValue: string;
}

function numbers({ unit = 'none', decimals, thresholds = steps(), mappings = [], noValue }: NumberFields) {
  return { unit, thresholds, mappings, noValue, ...(decimals === undefined ? {} : { decimals }) };
}

interface StatFields extends Omit<NumberFields, 'noValue'> {
  /** Unless set, `not known`: a count has a row in any case. */
  noValue?: string;
  /** The colour covers the tile. */
  loud?: boolean;
  /** Names of the columns that are shown, as `/pattern/`; the numeric ones unless set. */
  field?: string;
  /** What stands there: the value (the default), the name of the column or series, or both. */
  text?: 'value' | 'name' | 'value_and_name';
  /** Height of the text in px; as large as there is room for unless set. */
  size?: number;
  columns?: readonly Column[];
}

/** Large figures, or one line. Its colour covers the tile only when it is abnormal: the first step is the colour of text. */
export function stat(fields: StatFields): Panel {
  const { loud = false, field = '', text = 'value', size, columns = [], noValue = 'not known' } = fields;
  const config = numbers({ ...fields, noValue });
  const background = (thresholds: Thresholds) => (loud ? quietBackground(thresholds) : thresholds);
  return panel('stat', fields, {
    options: {
      colorMode: loud ? 'background' : 'value',
      graphMode: 'none',
      justifyMode: 'center',
      orientation: 'auto',
      textMode: text,
      ...(size === undefined ? {} : { text: { titleSize: size, valueSize: size } }),
      reduceOptions: { calcs: ['lastNotNull'], fields: field, values: false },
    },
    fieldConfig: {
      defaults: { ...config, thresholds: background(config.thresholds), color: { mode: 'thresholds' } },
      overrides: columns.map((column) =>
        override(column.thresholds ? { ...column, thresholds: background(column.thresholds) } : column),
      ),
    },
  });
}

/** A tile that is quiet has no colour of its own. */
function quietBackground({ mode, steps: [first, ...others] }: Thresholds): Thresholds {
  return { mode, steps: [{ color: 'transparent', value: first?.value ?? null }, ...others] };
}

export function table(fields: NumberFields & { columns?: readonly Column[]; sortBy?: string }): Panel {
  const { columns = [], sortBy } = fields;
  return panel('table', fields, {
    options: {
      showHeader: true,
      footer: { show: false, reducer: ['sum'], fields: '' },
      ...(sortBy === undefined ? {} : { sortBy: [{ displayName: sortBy, desc: true }] }),
    },
    fieldConfig: {
      defaults: {
        ...numbers(fields),
        color: { mode: 'thresholds' },
        custom: { align: 'auto', displayMode: 'auto', inspect: false },
      },
      // What an empty table means does not stand in its empty cells.
      overrides: columns.map((column) => override({ noValue: '', ...column })),
    },
  });
}

interface SeriesFields extends NumberFields {
  columns?: readonly Column[];
  /** Points for things that happen once a run, bars for counts, lines for what is continuous. */
  draw?: 'points' | 'bars' | 'line';
  stacked?: boolean;
  /** Lines at the thresholds. */
  showThresholds?: boolean;
  min?: number;
  max?: number;
  axisLabel?: string;
  legend?: boolean;
}

export function timeSeries(fields: SeriesFields): Panel {
  const { options, defaults, range } = series(fields);
  return panel('timeseries', fields, {
    options,
    fieldConfig: {
      defaults: { ...defaults, ...range, custom: { ...defaults.custom, spanNulls: true } },
      overrides: (fields.columns ?? []).map(override),
    },
  });
}

/** The column of a chart over runs that stands on its axis, in ascending order. */
const runColumn = 'run';

/**
 * A chart over runs: one frame, its column `run` on the axis, whatever else is numeric as a series. Where a run has no value, there is a gap.
 * Grafana draws it from 10.0 on.
 */
export function trend(fields: Omit<SeriesFields, 'noValue'> & { noValue?: string }): Panel {
  const { columns = [], noValue = 'no run could be judged yet' } = fields;
  const { options, defaults, range } = series({ ...fields, noValue });
  // No decimals given: of few runs the axis has ticks between two of them, which would be called by the number of one.
  const run = { name: runColumn, title: 'Run', unit: 'none', axisLabel: 'Run' };
  return panel('trend', fields, {
    options: { ...options, xField: runColumn },
    fieldConfig: {
      defaults: { ...defaults, custom: { ...defaults.custom, spanNulls: false } },
      overrides: [
        // Not among the defaults, which hold for the axis of runs as well.
        ...(Object.keys(range).length > 0 ? [others(runColumn, range)] : []),
        ...[run, ...columns].map(override),
      ],
    },
  });
}

/** What charts over time and over runs have in common. */
function series(fields: SeriesFields) {
  const { draw = 'line', stacked = false, showThresholds = false, min, max, legend = true } = fields;
  return {
    options: {
      legend: { showLegend: legend, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    defaults: {
      ...numbers(fields),
      color: { mode: 'palette-classic' },
      custom: {
        drawStyle: draw,
        lineWidth: 1,
        fillOpacity: draw === 'bars' ? 60 : 0,
        pointSize: 5,
        showPoints: draw === 'bars' ? 'never' : 'auto',
        axisLabel: fields.axisLabel ?? '',
        axisPlacement: 'auto',
        stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
        thresholdsStyle: { mode: showThresholds ? 'line' : 'off' },
      },
    },
    range: { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) },
  };
}

/** Bars over names; the first column gives the names. */
export function barChart(
  fields: NumberFields & { axisLabel?: string; max?: number; columns?: readonly Column[]; log?: boolean },
): Panel {
  const { axisLabel = '', max, columns = [], log = false } = fields;
  return panel('barchart', fields, {
    options: {
      orientation: 'auto',
      xTickLabelRotation: 0,
      showValue: 'auto',
      stacking: 'none',
      groupWidth: 0.8,
      barWidth: 0.9,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'none' },
    },
    fieldConfig: {
      defaults: {
        ...numbers(fields),
        color: { mode: 'fixed', fixedColor: meaning.accent },
        min: log ? 0.5 : 0,
        ...(max === undefined ? {} : { max }),
        custom: {
          lineWidth: 0,
          fillOpacity: 80,
          axisLabel,
          axisPlacement: 'auto',
          scaleDistribution: log ? { type: 'log', log: 10 } : { type: 'linear' },
        },
      },
      overrides: columns.map(override),
    },
  });
}
