import React from 'react';
import { Runs } from '../../src/app/Runs.tsx';
import { api } from '../host/api.ts';
import { goTo } from '../host/location.ts';

/** The same page as in the app inside Grafana. */
export function RunsPage() {
  return <Runs api={api} open={(run) => goTo(`/eval/${run}/`)} />;
}
