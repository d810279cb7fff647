import React, { useCallback, useMemo } from 'react';
import { DataHoverClearEvent, DataHoverEvent, LoadingState, type PanelProps } from '@grafana/data';
import { chamberIdSchema, formatChamber, type ChamberId } from '@dtdqm/contract';
import { barrelModel, type BarrelCell } from './model.ts';
import type { BarrelOptions } from './options.ts';
import { Message } from '../../components/Message.tsx';
import { missingColumns, readBarrelFrames } from '../../frames/barrelFrames.ts';
import { openChamber } from '../../components/panel.ts';
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
  const { layout, tintBy, showHeadline, link } = options;
  const frames = useMemo(() => readBarrelFrames(data.series), [data.series]);
  const model = useMemo(() => frames && barrelModel(frames, tintBy), [frames, tintBy]);
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
  // Where a click leads to another page the variables are nobody's choice here, and no chamber is marked.
  const staysHere = link === '' || link.startsWith('?');
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
          <NoChambers error={data.error?.message ?? null} missing={missingColumns(data.series)} />
        )}
      </div>
    );
  }
  return (
    <div style={{ width, height }}>
      <BarrelView
        model={model}
        state={frames.state}
        run={frames.run}
        showHeadline={showHeadline}
        layout={layout}
        current={staysHere && current.success ? formatChamber(current.data) : null}
        choose={choose}
        hover={hover}
      />
    </div>
  );
}

function NoChambers({ error, missing }: { error: string | null; missing: readonly string[] }) {
  if (error) {
    return (
      <Message urgent icon="exclamation-triangle" title="The query failed">
        <code>{error}</code>
      </Message>
    );
  }
  return (
    <Message icon="table" title="These columns are not a barrel">
      <p>
        Needed, one row a chamber: <code>wheel</code>, <code>station</code>, <code>sector</code>,{' '}
        <code>condition</code>, <code>standing</code>, as in{' '}
        <code>SELECT * FROM reporting.chamber_states WHERE run = $run</code>.
      </p>
      {missing.length > 0 ? <p>Missing: {missing.join(', ')}.</p> : null}
    </Message>
  );
}
