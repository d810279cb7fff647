import React, { useMemo } from 'react';
import {
  sectorsOf,
  stations,
  strategyNameSchema,
  wheels,
  formatChamber,
  kindInWords,
  type ChamberHistory,
  type ChamberId,
  type ChamberOfRun,
} from '@dtdqm/contract';
import { LinkButton, useStyles2 } from '@grafana/ui';
import { locationService } from '@grafana/runtime';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { ProblemMessage } from '../../src/components/Message.tsx';
import { ChamberPanel } from '../../src/panels/chamber/ChamberPanel.tsx';
import {
  defaultOptions,
  type ChamberOptions,
  type ChamberViewName,
} from '../../src/panels/chamber/options.ts';
import { LabelPlacingContext, type LabelPlacing } from '../../src/panels/chamber/useLabelling.ts';
import { placeOfQuery, placeToQuery } from '../../src/labelling/address.ts';
import {
  careInWords,
  faultInWords,
  placeInWords,
  sinceInWords,
  standingOf,
  standingSigns,
} from '../../src/panels/incidents/model.ts';
import { ChamberStrip } from '../../src/panels/strip/ChamberStrip.tsx';
import { api } from '../../src/api/send.ts';
import { followLink, goTo } from '../host.ts';
import { PageFrame, PanelHost } from '../PanelHost.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { useChamber } from '../useChamber.ts';
import { previewAddress } from './LabelPreview.tsx';
import { Choice, RunPicker } from './pickers.tsx';
import { getListStyles } from './ScoresPage.tsx';

/** Of the picture of the strip, px. */
const stripHeight = 210;

interface Props {
  chamber: ChamberOfRun;
  /** Shown first. */
  view?: ChamberViewName | undefined;
}

/** One chamber of one run, looked at; with the run before it for comparison and its recent history. */
export function ChamberPage({ chamber, view = 'hits' }: Props) {
  const key = chamberParams(chamber);
  const { query, frames } = useChamber(chamber, runBefore);
  const options = useMemo((): ChamberOptions => ({ ...defaultOptions, labelling: 'off', view }), [view]);
  const { wheel, station, sector, run } = chamber;
  const open = (next: ChamberOfRun) => goTo(`/eval/${chamberParams(next)}/`);
  return (
    <PageFrame
      controls={
        <>
          <RunPicker run={run} choose={(next) => open({ ...chamber, run: next })} />
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
          {query.data?.faults?.map((fault) => {
            const text = faultInWords(fault, station);
            return <span key={text}>{text}</span>;
          })}
          <Incidents chamber={chamber} />
        </>
      }
      below={
        query.data ? <ChamberStrip key={key} api={api} chamber={chamber} height={stripHeight} /> : undefined
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

/** What the ledger has of the chamber that has not healed, in whatever run it is shown, and who has answered it. */
function Incidents({ chamber: { wheel, station, sector } }: { chamber: ChamberId }) {
  const styles = useStyles2(getListStyles);
  const place = { wheel, station, sector };
  const { data } = useQuery(`incidents of ${formatChamber(place)}`, () => api.incidents(place));
  return data?.incidents.map((incident) => (
    <a
      key={incident.incident}
      className={styles.link}
      href={`/?at=${incident.incident}`}
      onClick={followLink}
    >
      {standingSigns[standingOf(incident)].glyph} incident {incident.incident}: {kindInWords(incident.kind)},{' '}
      {[
        placeInWords(incident),
        sinceInWords(incident),
        `${standingSigns[standingOf(incident)].title.toLowerCase()} ${careInWords(incident)}`.trim(),
      ].join(', ')}
    </a>
  ));
}

function runBefore({ runs }: ChamberHistory, run: number): number | null {
  return runs.find((each) => each.run < run)?.run ?? null;
}

/** Labelling from the queue, or of the chamber that the address names; see labelling/address.ts. */
export function LabelPage({ query }: { query: URLSearchParams }) {
  const text = query.toString();
  const named = useMemo(() => placeOfQuery(new URLSearchParams(text)), [text]);
  // Grafana's location service writes what is true without a value.
  const isBlind = query.get('blind') !== 'false';
  const strategy = strategyNameSchema.safeParse(query.get('strategy')).data ?? null;
  const isSecond = query.get('second') === 'true';
  const { data: asked } = useQuery('second opinions', () => api.secondOpinions(true), { every: 20_000 });
  const opinions = asked?.filter(({ isAsked }) => isAsked).length ?? 0;
  const isNamed = named !== null;
  const placing = useMemo((): LabelPlacing => {
    const rest = { ...modeQuery(isBlind, isSecond), ...(strategy ? { strategy } : {}) };
    return {
      named,
      preview: { href: previewAddress, follow: followLink },
      name(place) {
        const address = `/eval/?${new URLSearchParams({ ...rest, ...placeToQuery(place) }).toString()}`;
        // Back leads to the chamber before, not to every mark on the way to it.
        if (isNamed && chamberParams(named.chamber) !== chamberParams(place.chamber)) goTo(address);
        else locationService.replace(address);
      },
    };
  }, [named, isNamed, isBlind, isSecond, strategy]);
  const options = useMemo(
    (): ChamberOptions => ({
      ...defaultOptions,
      labelling: isNamed ? 'shown' : 'queue',
      secondOpinions: isSecond,
      blindFirst: isBlind,
      strategy,
    }),
    [isNamed, isSecond, isBlind, strategy],
  );
  const go = (blind: boolean, second: boolean) => {
    const search = new URLSearchParams(modeQuery(blind, second)).toString();
    goTo(search ? `/eval/?${search}` : '/eval/');
  };
  return (
    <PageFrame
      controls={
        <>
          <Choice
            label="First answer"
            value={isBlind ? 'blind' : 'open'}
            options={[
              ['blind', 'Blind first'],
              ['open', 'With scores'],
            ]}
            choose={(mode) => go(mode === 'blind', isSecond)}
          />
          <Choice
            label="What is asked"
            value={isSecond ? 'second' : 'queue'}
            options={[
              ['queue', 'What is new'],
              ['second', opinions > 0 ? `Second opinions (${opinions})` : 'Second opinions'],
            ]}
            choose={(what) => go(isBlind, what === 'second')}
          />
        </>
      }
    >
      <LabelPlacingContext.Provider value={placing}>
        <PanelHost hasFocus panel={ChamberPanel} frames={noFrames} options={options} variables={{}} />
      </LabelPlacingContext.Provider>
    </PageFrame>
  );
}

/** How labelling goes, as a query; what is usual is left out. */
function modeQuery(isBlind: boolean, isSecond: boolean): Record<string, string> {
  return { ...(isBlind ? {} : { blind: 'false' }), ...(isSecond ? { second: 'true' } : {}) };
}

const noFrames: [] = [];
