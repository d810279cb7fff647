import React, { type ReactNode } from 'react';
import { chamberOfRunSchema, runNumberSchema } from '@dtdqm/contract';
import { Message } from '../src/components/Message.tsx';
import type { Place } from './host/location.ts';
import { BarrelPage } from './pages/BarrelPage.tsx';
import { ChamberPage } from './pages/ChamberPage.tsx';
import { ContaminationPage } from './pages/ContaminationPage.tsx';
import { IncidentsPage } from './pages/IncidentsPage.tsx';
import { LabelPage } from './pages/LabelPage.tsx';
import { RunsPage } from './pages/RunsPage.tsx';
import { ScoresPage } from './pages/ScoresPage.tsx';

export type Section =
  'barrel' | 'incidents' | 'label' | 'runs' | 'scores' | 'new-scores' | 'contamination' | null;

export interface Page {
  section: Section;
  content: ReactNode;
}

/** The page that stands at an address; addresses are those of the original tool. */
export function pageAt({ pathname, query }: Place): Page {
  const [first, ...rest] = pathname.split('/').filter(Boolean);
  if (first === undefined) return { section: 'barrel', content: <BarrelPage run={null} /> };
  if (first === 'incidents') return { section: 'incidents', content: <IncidentsPage /> };
  if (first === 'fetch') return { section: 'runs', content: <RunsPage /> };
  if (first === 'eval') return evalPage(rest, query);
  if (first === 'data' && rest[0] === 'net_scores') {
    return { section: 'scores', content: <ScoresPage onlyUnlabelled={false} /> };
  }
  if (first === 'data' && rest[0] === 'new_net_scores') {
    return { section: 'new-scores', content: <ScoresPage onlyUnlabelled /> };
  }
  if (first === 'data' && rest[0] === 'contamination') {
    return { section: 'contamination', content: <ContaminationPage /> };
  }
  return nowhere(pathname);
}

function evalPage(rest: string[], query: URLSearchParams): Page {
  const [run, wheel, sector, station] = rest;
  if (run === undefined) return { section: 'label', content: <LabelPage query={query} /> };
  if (wheel === undefined) {
    const number = runNumberSchema.safeParse(run);
    if (number.success) return { section: 'barrel', content: <BarrelPage run={number.data} /> };
  }
  const chamber = chamberOfRunSchema.safeParse({ run, wheel, sector, station });
  if (chamber.success) return { section: 'barrel', content: <ChamberPage chamber={chamber.data} /> };
  return nowhere(`/eval/${rest.join('/')}/`);
}

function nowhere(pathname: string): Page {
  return {
    section: null,
    content: (
      <Message icon="search" title="There is no such page">
        <p>
          Nothing stands at <code>{pathname}</code>. Chambers are at{' '}
          <code>/eval/run/wheel/sector/station/</code>; sectors 13 and 14 exist in station 4 only.
        </p>
      </Message>
    ),
  };
}
