import React, { useMemo } from 'react';
import { sectorsOf, stations, wheels, type ChamberHistory, type ChamberOfRun } from '@dtdqm/contract';
import { LinkButton } from '@grafana/ui';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { ProblemMessage } from '../../src/components/Message.tsx';
import { ChamberPanel } from '../../src/panels/chamber/ChamberPanel.tsx';
import {
  defaultOptions,
  type ChamberOptions,
  type ChamberViewName,
} from '../../src/panels/chamber/options.ts';
import { api } from '../host/api.ts';
import { chamberFrames, frameOf } from '../host/frames.ts';
import { followLink, goTo } from '../host/location.ts';
import { PanelHost } from '../host/PanelHost.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { Choice } from './Choice.tsx';
import { PageFrame } from './PageFrame.tsx';
import { RunPicker } from './RunPicker.tsx';

interface Props {
  chamber: ChamberOfRun;
  /** Shown first. */
  view?: ChamberViewName | undefined;
}

/** One chamber of one run, looked at; with the run before it for comparison and its recent history. */
export function ChamberPage({ chamber, view = 'hits' }: Props) {
  const key = chamberParams(chamber);
  const query = useQuery(key, () => api.chamber(chamber));
  const runs = useQuery('runs', () => api.runs());
  const history = useQuery(`history ${key}`, () => api.recent(chamber));
  const before = history.data?.runs.find(({ run }) => run < chamber.run)?.run ?? null;
  const compared = useQuery(`compared ${before} ${key}`, () =>
    before === null ? Promise.resolve(null) : api.chamber({ ...chamber, run: before }),
  );
  const frames = useMemo(
    () => [
      ...(query.data ? chamberFrames(query.data) : []),
      ...(compared.data ? chamberFrames(compared.data, 'comparison').slice(0, 1) : []),
      ...(history.data ? [historyFrame(history.data)] : []),
    ],
    [query.data, compared.data, history.data],
  );
  const options = useMemo((): ChamberOptions => ({ ...defaultOptions, labelling: 'off', view }), [view]);
  const { wheel, station, sector, run } = chamber;
  const open = (next: ChamberOfRun) => goTo(`/eval/${chamberParams(next)}/`);
  return (
    <PageFrame
      controls={
        <>
          <RunPicker
            run={run}
            runs={runs.data?.runs ?? []}
            choose={(next) => open({ ...chamber, run: next })}
          />
          <Choice
            label="Wheel"
            value={String(wheel)}
            options={wheels.map((each) => [String(each), each > 0 ? `+${each}` : `${each}`])}
            choose={(next) => open({ ...chamber, wheel: Number(next) as typeof wheel })}
          />
          <Choice
            label="Station"
            value={String(station)}
            options={stations.map((each) => [String(each), `MB${each}`])}
            choose={(next) => {
              const to = Number(next) as typeof station;
              open({ ...chamber, station: to, sector: Math.min(sector, sectorsOf(to).length) });
            }}
          />
          <Choice
            label="Sector"
            value={String(sector)}
            options={sectorsOf(station).map((each) => [String(each), String(each)])}
            choose={(next) => open({ ...chamber, sector: Number(next) })}
          />
          <LinkButton
            size="sm"
            variant="secondary"
            icon="tag-alt"
            href={`/eval/?open=${encodeURIComponent(key)}`}
            onClick={followLink as never}
          >
            Label it
          </LinkButton>
        </>
      }
    >
      {query.problem && !query.data ? (
        <ProblemMessage problem={query.problem} retry={query.refetch} />
      ) : (
        <PanelHost
          panel={ChamberPanel}
          frames={frames}
          options={options}
          isLoading={query.isLoading}
          variables={{ run, wheel, station, sector }}
        />
      )}
    </PageFrame>
  );
}

function historyFrame({ runs }: ChamberHistory) {
  const rows = runs.flatMap(({ run, scores }) =>
    scores.flatMap((score, index) => (score < 0 ? [] : [{ run, layer: index + 1, score }])),
  );
  return frameOf(
    {
      run: rows.map(({ run }) => run),
      layer: rows.map(({ layer }) => layer),
      score: rows.map(({ score }) => score),
    },
    'history',
  );
}
