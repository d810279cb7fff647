import React, { useRef, useState } from 'react';
import type { ChamberOfRun, RunSlices, SpanLabel } from '@dtdqm/contract';
import { chamberParams, type MonitorApi } from '../../api/monitorApi.ts';
import { useNow } from '../../components/controls.tsx';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { useDetector } from '../../components/useDetector.ts';
import { useQuery } from '../../components/useQuery.ts';
import { useOutbox } from '../../labelling/useOutbox.ts';
import { livenessOf } from '../../strip/moments.ts';
import type { TimeRange } from '../../strip/stripModel.ts';
import { SpanLabelList } from './SpanLabels.tsx';
import { SpanPictures } from './SpanPictures.tsx';
import { StripView } from './StripView.tsx';

/** A look comes every 30 to 60 s while a run is in progress; asked for this often, ms. */
const refreshEvery = 15_000;
const labelsEvery = 60_000;
const noLabels: readonly SpanLabel[] = [];

interface Props {
  api: MonitorApi;
  chamber: ChamberOfRun;
  height: number;
  /** While a span stands below; the same unless given. */
  heightBesideSpan?: number;
  /** The time that is looked at, ms since the epoch; the whole run unless given. */
  shown?: TimeRange;
}

/** The strip of a chamber, kept up to date while the run is in progress, or why there is none and what to do then. */
export function ChamberStrip({ api, chamber, height, heightBesideSpan = height, shown }: Props) {
  const [layer, openLayer] = useState<number | null>(null);
  const key = chamberParams(chamber);
  const [isOver, setOver] = useState(false);
  const run = useQuery(
    `inside ${chamber.run}`,
    () => api.runSlices(chamber.run),
    isOver ? {} : { every: refreshEvery },
  );
  if (run.data && run.data.live === isOver) setOver(!run.data.live);
  // Asked for anew when a look brought something. With the layer as part of the version the strip of layers stays until the wires have come.
  const own = useQuery(`slices ${key}`, () => api.slices(chamber, layer), {
    version: `${layer} ${run.data?.latest?.at} ${run.data?.live}`,
  });
  const detector = useDetector(api);
  const now = useNow(refreshEvery / 3) + detector.clockOffset;
  const outbox = useOutbox(api);
  // Anew after each label that arrived, and for those of others.
  const said = useQuery(`labels of spans ${key}`, () => api.history(chamber), {
    version: outbox?.status.sent ?? 0,
    every: labelsEvery,
  });
  const labels = said.data?.spans ?? noLabels;
  const frame = useRef<HTMLDivElement>(null);
  const problem = own.problem ?? run.problem ?? detector.problem;
  if (!own.data || !run.data) {
    if (problem) return <ProblemMessage problem={problem} retry={own.problem ? own.refetch : run.refetch} />;
    return <Message icon="sync" title="Loading the inside of the run" />;
  }
  if (own.data.slices.length === 0 && own.data.waiting === null) return <NoSlices inside={run.data} />;
  const newest = own.data.waiting?.to ?? own.data.slices.at(-1)?.to ?? null;
  const liveness = problem
    ? { tone: 'stopped' as const, words: 'the monitor does not answer: this may be old' }
    : livenessOf({ live: run.data.live, latest: newest }, run.data.latest?.at ?? null, now);
  return (
    <StripView
      frame={frame}
      data={own.data}
      labels={labels}
      liveness={liveness}
      layer={layer}
      openLayer={openLayer}
      height={height}
      heightBesideSpan={heightBesideSpan}
      shown={shown}
      spanPictures={(span) => <SpanPictures keysOf={frame} {...{ api, chamber, span, labels, outbox }} />}
      labelList={(lookAt) => (
        <SpanLabelList problem={said.problem} refetch={said.refetch} {...{ api, labels, outbox, lookAt }} />
      )}
    />
  );
}

function NoSlices({ inside: { live, latest, looks, run } }: { inside: RunSlices }) {
  if (live && looks.length === 0)
    return (
      <Message icon="clock-nine" title={`Run ${run} is in progress and was looked at once`}>
        <p>The difference of two looks is the first slice: it comes within a minute, by itself.</p>
      </Message>
    );
  if (latest === null)
    return (
      <Message icon="info-circle" title={`Nothing is known of the inside of run ${run}`}>
        <p>
          It was fetched when it was over, or its slices were older than they are kept. Its hits as a whole
          are known. Slices come of runs that are looked at while they are taken.
        </p>
      </Message>
    );
  return (
    <Message icon="info-circle" title={`Nothing is known of this chamber inside run ${run}`}>
      <p>
        Of other chambers slices are known. The source showed nothing new of this one
        {live ? ' so far; it is asked again with every look.' : ' while the run was taken.'}
      </p>
    </Message>
  );
}
