import React from 'react';
import { IncidentsPanel } from '../../src/panels/incidents/module.tsx';
import { defaultOptions, type IncidentsOptions } from '../../src/panels/incidents/model.ts';
import { PanelHost } from '../host/PanelHost.tsx';
import { PageFrame } from './PageFrame.tsx';

const options: IncidentsOptions = {
  ...defaultOptions,
  link: '/eval/${run}/${wheel}/${sector}/${station}/',
};

/** Faults across runs: what is new, and what has been said of the rest. */
export function IncidentsPage() {
  return (
    <PageFrame>
      <PanelHost hasFocus panel={IncidentsPanel} frames={[]} options={options} variables={{}} />
    </PageFrame>
  );
}
