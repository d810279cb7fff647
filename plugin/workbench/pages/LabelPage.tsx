import React, { useMemo } from 'react';
import { chamberOfRunSchema, strategyNameSchema } from '@dtdqm/contract';
import { ChamberPanel } from '../../src/panels/chamber/ChamberPanel.tsx';
import { defaultOptions, type ChamberOptions } from '../../src/panels/chamber/options.ts';
import { api } from '../host/api.ts';
import { chamberFrames } from '../host/frames.ts';
import { goTo } from '../host/location.ts';
import { PanelHost } from '../host/PanelHost.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { Choice } from './Choice.tsx';
import { PageFrame } from './PageFrame.tsx';

/** Labelling from the queue, or of one chamber (`?open=run/wheel/sector/station`). */
export function LabelPage({ query }: { query: URLSearchParams }) {
  const [run, wheel, sector, station] = (query.get('open') ?? '').split('/');
  const opened = chamberOfRunSchema.safeParse({ run, wheel, sector, station }).data ?? null;
  // Grafana's location service writes what is true without a value.
  const isBlind = query.has('blind') && query.get('blind') !== 'false';
  const strategy = strategyNameSchema.safeParse(query.get('strategy')).data ?? null;
  const chamberQuery = useQuery(`open ${query.get('open')}`, () =>
    opened ? api.chamber(opened) : Promise.resolve(null),
  );
  const isOpened = opened !== null;
  const options = useMemo(
    (): ChamberOptions => ({
      ...defaultOptions,
      labelling: isOpened ? 'shown' : 'queue',
      blindFirst: isBlind,
      strategy,
    }),
    [isOpened, isBlind, strategy],
  );
  const frames = useMemo(
    () => (chamberQuery.data ? chamberFrames(chamberQuery.data) : []),
    [chamberQuery.data],
  );
  return (
    <PageFrame
      controls={
        <Choice
          label="First answer"
          value={isBlind ? 'blind' : 'open'}
          options={[
            ['open', 'With scores'],
            ['blind', 'Blind first'],
          ]}
          choose={(mode) => goTo(mode === 'blind' ? '/eval/?blind=true' : '/eval/')}
        />
      }
    >
      <PanelHost
        hasFocus
        panel={ChamberPanel}
        frames={frames}
        options={options}
        isLoading={chamberQuery.isLoading}
        variables={{}}
      />
    </PageFrame>
  );
}
