import React, { useCallback, useMemo } from 'react';
import { PanelPlugin, type PanelProps } from '@grafana/data';
import {
  chamberIdSchema,
  isSameChamber,
  type ChamberId,
  type Incident,
  type IncidentAct,
  type IncidentDetail,
} from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { api } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { chamberOf, defaultOptions, incidentsOfLabels, type IncidentsOptions } from './model.ts';
import { openChamber, optionsOf } from '../../components/panel.ts';
import { IncidentsView } from './IncidentsView.tsx';
import { useQuery } from '../../components/useQuery.ts';

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

/** Incidents change when a run is stored or somebody acts; asked for this often, ms. */
const refreshEvery = 10_000;
/** How far back what has healed is shown, ms. */
const healedFor = 24 * 3_600_000;

/** Incidents, kept up to date. `act` rejects with a Problem; what it answers is in the list at once. */
function useIncidents(api: MonitorApi, chamber: ChamberId | null, showHealed: boolean) {
  const ask = async () => {
    const since = new Date(Date.now() - healedFor).toISOString();
    const [{ incidents, asOfRun }, healed] = await Promise.all([
      api.incidents(chamber ?? undefined),
      showHealed ? api.healedSince(since) : [],
    ]);
    const own = healed.filter((incident) => !chamber || isSameChamber(chamberOf(incident), chamber));
    return { incidents: [...incidents, ...own], asOfRun };
  };
  const key = JSON.stringify([chamber, showHealed]);
  const { data, problem, refetch, update } = useQuery<{
    incidents: readonly Incident[];
    /** Newest run that the incidents are made of; null before the first. */
    asOfRun: number | null;
  }>(key, ask, { every: refreshEvery });
  const act = useCallback(
    async (incident: number, what: IncidentAct): Promise<IncidentDetail> => {
      const detail = await api.actOnIncident(incident, what);
      const replace = (each: Incident) => (each.incident === incident ? detail.incident : each);
      update(({ incidents, asOfRun }) => ({ incidents: incidents.map(replace), asOfRun }));
      // Merging and splitting change others as well.
      refetch();
      return detail;
    },
    [api, update, refetch],
  );
  return { incidents: data?.incidents ?? null, asOfRun: data?.asOfRun ?? null, problem, refetch, act };
}

export const plugin = new PanelPlugin<IncidentsOptions>(IncidentsPanel).setPanelOptions((builder) =>
  builder
    .addRadio({
      path: 'of',
      name: 'Incidents of',
      defaultValue: defaultOptions.of,
      settings: { options: optionsOf(incidentsOfLabels) },
    })
    .addBooleanSwitch({
      path: 'showHealed',
      name: 'Show what healed in the last 24 hours',
      defaultValue: defaultOptions.showHealed,
    })
    .addTextInput({
      path: 'link',
      name: 'Address of a chamber',
      description:
        'With ${run}, ${wheel}, ${station}, ${sector}. Empty: opening a chamber sets the variables.',
      defaultValue: defaultOptions.link,
    }),
);
