import React, { useCallback, useMemo } from 'react';
import type { PanelProps } from '@grafana/data';
import { chamberIdSchema, type Incident } from '@dtdqm/contract';
import { monitorApi } from '../../api/monitorApi.ts';
import { grafanaSend } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { chamberOf } from '../../incidents/inWords.ts';
import { openChamber } from '../../components/panel.ts';
import { IncidentsView } from './IncidentsView.tsx';
import type { IncidentsOptions } from './options.ts';
import { useIncidents } from './useIncidents.ts';

const api = monitorApi(grafanaSend);

/** The incidents panel as Grafana sees it. It asks the monitor itself, because it also acts there. */
export function IncidentsPanel({ options, width, height, replaceVariables }: PanelProps<IncidentsOptions>) {
  const { of, showHealed, link } = options;
  const [wheel, station, sector] = ['$wheel', '$station', '$sector'].map((name) => replaceVariables(name));
  const shown = useMemo(
    () => chamberIdSchema.safeParse({ wheel, station, sector }).data ?? null,
    [wheel, station, sector],
  );
  const chamber = of === 'shown' ? shown : null;
  const { incidents, asOfRun, problem, refetch, act } = useIncidents(api, chamber, showHealed);
  const open = useCallback(
    (incident: Incident) => openChamber(chamberOf(incident), incident.lastRun, link, replaceVariables),
    [link, replaceVariables],
  );
  return (
    <div style={{ width, height }}>
      {incidents ? (
        <IncidentsView
          incidents={incidents}
          asOfRun={asOfRun}
          problem={problem}
          detailOf={api.incident}
          act={act}
          open={open}
        />
      ) : problem ? (
        <ProblemMessage problem={problem} retry={refetch} />
      ) : (
        <Message icon="sync" title="Loading the incidents" />
      )}
    </div>
  );
}
