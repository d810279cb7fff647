import React from 'react';
import type { PanelProps } from '@grafana/data';
import { chamberOfRunSchema } from '@dtdqm/contract';
import { api } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { DetectorContext, useDetector } from '../../components/useDetector.ts';
import { ChamberStrip } from './ChamberStrip.tsx';

/** What stands above and below the picture, px. */
const aroundPicture = 110;
/** What a span takes that is chosen, px: without its room it would open below what is seen of the panel. */
const spanHeight = 360;

/** The strip as Grafana sees it: of the chamber and run of the variables. It asks the monitor itself, as a span has to be counted there. */
export function StripPanel({ width, height, timeRange, replaceVariables }: PanelProps) {
  const detector = useDetector(api);
  const { state, problem, refetch } = detector;
  const asked = Number(replaceVariables('$run'));
  const [wheel, station, sector] = ['$wheel', '$station', '$sector'].map((name) => replaceVariables(name));
  // 0 follows the newest run, as everywhere on the dashboards.
  const run = asked > 0 ? asked : (state?.run ?? null);
  const chamber = chamberOfRunSchema.safeParse({ run: run ?? 1, wheel, station, sector });
  return (
    <div style={{ width, height, overflow: 'auto' }}>
      {!chamber.success ? (
        <Message icon="search" title="No chamber is chosen">
          <p>The strip follows the variables run, wheel, station and sector of the dashboard.</p>
        </Message>
      ) : run !== null ? (
        <DetectorContext.Provider value={detector}>
          <ChamberStrip
            key={JSON.stringify(chamber.data)}
            api={api}
            chamber={chamber.data}
            height={Math.max(140, height - aroundPicture)}
            heightBesideSpan={Math.max(170, height - aroundPicture - spanHeight)}
            shown={{ from: timeRange.from.valueOf(), to: timeRange.to.valueOf() }}
          />
        </DetectorContext.Provider>
      ) : problem ? (
        <ProblemMessage problem={problem} retry={refetch} />
      ) : (
        <Message icon="sync" title="Loading the run" />
      )}
    </div>
  );
}
