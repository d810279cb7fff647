import React, { type ReactNode } from 'react';
import { chamberLabel, chamberOfKey, chamberOfRunSchema, runNumberSchema } from '@dtdqm/contract';
import type { ChamberViewName } from '../src/panels/chamber/options.ts';
import { Message } from '../src/components/Message.tsx';
import { placeOfQuery } from '../src/labelling/address.ts';
import { api } from '../src/api/send.ts';
import { chamberLink, goTo, type Place } from './host.ts';
import { NowPage } from './pages/NowPage.tsx';
import { BarrelPage, tintOf } from './pages/BarrelPage.tsx';
import { ChamberPage, LabelPage } from './pages/ChamberPage.tsx';
import { ContaminationPage } from './pages/ContaminationPage.tsx';
import { reports, ReportsPage, type ReportName } from './pages/ReportsPage.tsx';
import { RunScores, runScoresTitle } from './pages/RunScores.tsx';
import { ScoresPage } from './pages/ScoresPage.tsx';
import { IncidentsPanel } from '../src/panels/incidents/IncidentsPanel.tsx';
import { defaultOptions } from '../src/panels/incidents/options.ts';
import { PageFrame, PanelHost } from './PanelHost.tsx';
import type { Section } from './Shell.tsx';
import { Runs } from '../src/app/Runs.tsx';

export interface Page {
  /** Of the browser's tab. */
  title: string;
  section: Section | null;
  content: ReactNode;
}

/** The page that stands at an address; addresses are those of the original tool. */
export function pageAt({ pathname, query }: Place): Page {
  const [first, ...rest] = pathname.split('/').filter(Boolean);
  if (first === undefined)
    return { title: nowTitle(query.get('at')), section: 'now', content: <NowPage query={query} /> };
  if (first === 'incidents') return { title: 'Incidents', section: 'incidents', content: <IncidentsPage /> };
  if (first === 'fetch' || first === 'manage')
    return { title: 'Runs', section: 'runs', content: <RunsPage /> };
  if (first === 'eval') return evalPage(pathname, rest, query);
  if (first === 'visualize') return chamberPage(pathname, rest, 'steps');
  if (first === 'reports') return reportPage(pathname, rest, query);
  if (first === 'data') return listPage(pathname, rest, query);
  return nowhere(pathname);
}

/** What is looked at: a chamber, or an incident by its number. */
function nowTitle(at: string | null): string {
  const chamber = chamberOfKey(at ?? '');
  if (chamber) return `${chamberLabel(chamber)} now`;
  return at !== null && /^\d+$/.test(at) ? `Incident ${at}` : 'Now';
}

function reportPage(pathname: string, [name = 'morning', number]: string[], query: URLSearchParams): Page {
  const run = runNumberSchema.safeParse(number).data ?? null;
  const isWrong = number !== undefined && (name !== 'certification' || run === null);
  if (isWrong || !Object.hasOwn(reports, name)) return nowhere(pathname);
  const report = name as ReportName;
  return {
    title: `${reports[report]}${run === null ? '' : ` of run ${run}`}`,
    section: 'reports',
    content: <ReportsPage report={report} run={run} query={query} />,
  };
}

function evalPage(pathname: string, rest: string[], query: URLSearchParams): Page {
  const [run, wheel] = rest;
  if (run === undefined) {
    const chamber = placeOfQuery(query)?.chamber;
    const title = chamber ? `Label ${chamberLabel(chamber)}, run ${chamber.run}` : 'Label';
    return { title, section: 'label', content: <LabelPage query={query} /> };
  }
  if (wheel === undefined) {
    const number = runNumberSchema.safeParse(run);
    if (number.success) {
      const tint = tintOf(query);
      const title = `Run ${number.data}${tint[0] ? `, tinted by ${tint[1].toLowerCase()}` : ''}`;
      return { title, section: 'runs', content: <BarrelPage run={number.data} /> };
    }
  }
  return chamberPage(pathname, rest);
}

function chamberPage(pathname: string, rest: string[], view?: ChamberViewName): Page {
  const [run, wheel, sector, station] = rest;
  const chamber = chamberOfRunSchema.safeParse({ run, wheel, sector, station });
  if (!chamber.success) return nowhere(pathname);
  return {
    title: `${view === 'steps' ? 'Steps of ' : ''}${chamberLabel(chamber.data)}, run ${chamber.data.run}`,
    section: 'runs',
    content: <ChamberPage chamber={chamber.data} view={view} />,
  };
}

/** The page number stands in the query or, as the original has it, at the end of the path. */
function listPage(pathname: string, [name, , inPath]: string[], query: URLSearchParams): Page {
  const page = Math.max(1, Math.floor(Number(inPath ?? query.get('page'))) || 1);
  const paged = (title: string) => (page > 1 ? `${title}, page ${page}` : title);
  if (name === 'net_scores' && query.get('order') === 'worst')
    return { title: runScoresTitle(query), section: name, content: <RunScores query={query} /> };
  if (name === 'net_scores' || name === 'new_net_scores') {
    return { title: paged(titles[name]), section: name, content: <ScoresPage list={name} page={page} /> };
  }
  if (name === 'contamination')
    return { title: paged('Contamination'), section: name, content: <ContaminationPage page={page} /> };
  return nowhere(pathname);
}

const titles = { net_scores: 'Scores', new_net_scores: 'New scores' };

function nowhere(pathname: string): Page {
  return {
    title: 'No such page',
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

/** Faults across runs: what is new, and what has been said of the rest. */
function IncidentsPage() {
  return (
    <PageFrame>
      <PanelHost hasFocus panel={IncidentsPanel} frames={[]} options={incidentOptions} variables={{}} />
    </PageFrame>
  );
}

const incidentOptions = { ...defaultOptions, link: chamberLink };

/** The same page as in the app inside Grafana. */
function RunsPage() {
  return <Runs api={api} open={(run) => goTo(`/eval/${run}/`)} />;
}
