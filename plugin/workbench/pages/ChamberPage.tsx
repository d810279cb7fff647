import React, { useMemo } from 'react';
import { sectorsOf, stations, wheels, type ChamberHistory, type ChamberOfRun } from '@dtdqm/contract';
import { LinkButton } from '@grafana/ui';
import { placeOf } from '../../src/api/monitorApi.ts';
import { ProblemMessage } from '../../src/components/ProblemMessage.tsx';
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
import { useAsked } from '../host/useAsked.ts';
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
  const key = placeOf(chamber);
  const asked = useAsked(key, () => api.chamber(chamber));
  const runs = useAsked('runs', () => api.runs());
  const history = useAsked(`history ${key}`, () => api.recent(chamber));
  const before = history.answer?.runs.find(({ run }) => run < chamber.run)?.run ?? null;
  const compared = useAsked(`compared ${before} ${key}`, () =>
    before === null ? Promise.resolve(null) : api.chamber({ ...chamber, run: before }),
  );
  const frames = useMemo(
    () => [
      ...(asked.answer ? chamberFrames(asked.answer) : []),
      ...(compared.answer ? chamberFrames(compared.answer, 'comparison').slice(0, 1) : []),
      ...(history.answer ? [historyFrame(history.answer)] : []),
    ],
    [asked.answer, compared.answer, history.answer],
  );
  const options = useMemo((): ChamberOptions => ({ ...defaultOptions, labelling: 'off', view }), [view]);
  const { wheel, station, sector, run } = chamber;
  const open = (next: ChamberOfRun) => goTo(`/eval/${placeOf(next)}/`);
  return (
    <PageFrame
      controls={
        <>
          <RunPicker
            run={run}
            runs={runs.answer?.runs ?? []}
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
      {asked.problem && !asked.answer ? (
        <ProblemMessage problem={asked.problem} retry={asked.again} />
      ) : (
        <PanelHost
          panel={ChamberPanel}
          frames={frames}
          options={options}
          isLoading={asked.isLoading}
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
