import React, { useCallback, useMemo, useState } from 'react';
import type { PanelProps } from '@grafana/data';
import { chamberIdSchema, type ChamberId } from '@dtdqm/contract';
import { api } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { openChamber } from '../../components/panel.ts';
import { IncidentsView } from './IncidentsView.tsx';
import type { IncidentsOptions } from './options.ts';
import { useDetector } from '../../components/useDetector.ts';
import { useChambers, useFaults } from './faults.ts';

/** The incidents panel as Grafana sees it. It asks the monitor itself, because it also acts there. */
export function IncidentsPanel({ options, width, height, replaceVariables }: PanelProps<IncidentsOptions>) {
  const { of, showHealed, link } = options;
  const [wheel, station, sector] = ['$wheel', '$station', '$sector'].map((name) => replaceVariables(name));
  const shown = useMemo(
    () => chamberIdSchema.safeParse({ wheel, station, sector }).data ?? null,
    [wheel, station, sector],
  );
  const chamber = of === 'shown' ? shown : null;
  const detector = useDetector(api);
  const run = detector.state?.run ?? null;
  const chambers = useChambers(api, detector.state?.unconfirmed ? run : null);
  const { groups, problem, refetch, act } = useFaults(api, {
    chamber,
    showHealed,
    run,
    chambers: chambers.data,
  });
  const [walked, setWalked] = useState<string | null>(null);
  const open = useCallback(
    (place: ChamberId, inRun: number | null) => openChamber(place, inRun, link, replaceVariables),
    [link, replaceVariables],
  );
  return (
    <div style={{ width, height }}>
      {groups ? (
        <IncidentsView
          groups={groups}
          run={run}
          detector={detector}
          problem={problem}
          detailOf={api.incident}
          act={act}
          open={open}
          walked={walked}
          walk={({ key }) => setWalked(key)}
        />
      ) : problem ? (
        <ProblemMessage problem={problem} retry={refetch} />
      ) : (
        <Message icon="sync" title="Loading the incidents" />
      )}
    </div>
  );
}
