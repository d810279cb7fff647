import React from 'react';
import type { AppRootProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { dashboardUids } from '@dtdqm/contract';
import { api } from '../api/send.ts';
import { Runs } from './Runs.tsx';

/** The app's pages inside Grafana. There is one, so there is no router: routers differ between Grafana's versions. */
export function App(_: AppRootProps) {
  return (
    <Runs api={api} open={(run) => locationService.push(`/d/${dashboardUids.overview}?var-run=${run}`)} />
  );
}
