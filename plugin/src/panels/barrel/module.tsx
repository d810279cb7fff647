import React, { useCallback, useMemo } from 'react';
import {
  DataHoverClearEvent,
  DataHoverEvent,
  LoadingState,
  PanelPlugin,
  type Field,
  type PanelProps,
} from '@grafana/data';
import { chamberIdSchema, formatChamber, type ChamberId } from '@dtdqm/contract';
import {
  barrelModel,
  colourings,
  defaultOptions,
  layouts,
  type BarrelCell,
  type BarrelOptions,
} from './model.ts';
import { Message } from '../../components/Message.tsx';
import { readBarrelFrames } from '../../frames/barrelFrames.ts';
import { paletteColours } from '../../heatmap/style.ts';
import { openChamber, optionsOf } from '../../components/panel.ts';
import { BarrelView } from './BarrelView.tsx';

/** The barrel panel as Grafana sees it. */
export function BarrelPanel({
  data,
  options,
  width,
  height,
  eventBus,
  replaceVariables,
}: PanelProps<BarrelOptions>) {
  const { layout, colourBy, alarm, colouring, link } = options;
  const frames = useMemo(() => readBarrelFrames(data.series), [data.series]);
  const field = frames?.numeric.find(({ name }) => name === colourBy) ?? frames?.numeric[0] ?? null;
  const model = useMemo(() => {
    const format = (value: number) => {
      const shown = field?.display?.(value);
      return shown ? `${shown.text}${shown.suffix ?? ''}` : String(value);
    };
    return frames && barrelModel(frames, colourBy, alarm, format);
  }, [frames, colourBy, alarm, field]);
  const fillOf = useCallback(
    ({ condition, place, value }: BarrelCell) => {
      if (colouring === 'alarm' || value === null || condition === 'absent') return null;
      return field?.display?.(value).color ?? colours[Math.round(place * (colours.length - 1))] ?? null;
    },
    [colouring, field],
  );
  const choose = useCallback(
    (chamber: ChamberId) => openChamber(chamber, frames?.run ?? null, link, replaceVariables),
    [link, frames, replaceVariables],
  );
  const hover = useCallback(
    (cell: BarrelCell | null) => {
      const row = cell ? frames?.chambers.get(cell.key)?.row : undefined;
      if (row === undefined) eventBus.publish(new DataHoverClearEvent());
      else eventBus.publish(new DataHoverEvent({ point: { ...cell?.chamber }, rowIndex: row }));
    },
    [eventBus, frames],
  );
  const current = chamberIdSchema.safeParse({
    wheel: replaceVariables('$wheel'),
    station: replaceVariables('$station'),
    sector: replaceVariables('$sector'),
  });
  if (!model || !frames) {
    return (
      <div style={{ width, height }}>
        {data.state === LoadingState.Loading ? (
          <Message icon="sync" title="Loading the barrel" />
        ) : (
          <NoChambers error={data.error?.message ?? null} isEmpty={data.series.length === 0} />
        )}
      </div>
    );
  }
  return (
    <div style={{ width, height }}>
      <BarrelView
        cells={model.cells}
        counts={model.counts}
        column={model.column}
        run={frames.run}
        layout={layout}
        fillOf={fillOf}
        current={current.success ? formatChamber(current.data) : null}
        choose={choose}
        hover={hover}
      />
    </div>
  );
}

const colours = paletteColours('viridis', 64);

function NoChambers({ error, isEmpty }: { error: string | null; isEmpty: boolean }) {
  if (error) {
    return (
      <Message urgent icon="exclamation-triangle" title="The query failed">
        <code>{error}</code>
      </Message>
    );
  }
  return (
    <Message icon="table" title={isEmpty ? 'No run to show yet' : 'These columns are not a barrel'}>
      <p>
        {isEmpty ? 'The query gave no rows. ' : ''}Needed, one row a chamber: <code>wheel</code>,{' '}
        <code>station</code>, <code>sector</code>, and a number to colour by, as in{' '}
        <code>SELECT * FROM reporting.chambers WHERE run = $run</code>.
      </p>
    </Message>
  );
}

export const plugin = new PanelPlugin<BarrelOptions>(BarrelPanel)
  .useFieldConfig()
  .setPanelOptions((builder) =>
    builder
      .addRadio({
        path: 'layout',
        name: 'Picture',
        defaultValue: defaultOptions.layout,
        settings: { options: optionsOf(layouts) },
      })
      .addFieldNamePicker({
        path: 'colourBy',
        name: 'Colour by',
        description: 'Any numeric column: bad layers, worst score, open incidents, label progress.',
        defaultValue: defaultOptions.colourBy,
        settings: { filter: ({ type }: Field) => (type as string) === 'number' },
      })
      .addRadio({
        path: 'colouring',
        name: 'Colouring',
        defaultValue: defaultOptions.colouring,
        settings: { options: optionsOf(colourings) },
      })
      .addNumberInput({
        path: 'alarm',
        name: 'Bad from',
        defaultValue: defaultOptions.alarm,
        settings: { step: 0.05 },
      })
      .addTextInput({
        path: 'link',
        name: 'Click opens',
        description:
          'Address with ${run}, ${wheel}, ${station}, ${sector}. Empty: the click sets the variables.',
        defaultValue: defaultOptions.link,
      }),
  );
