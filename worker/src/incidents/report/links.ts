import type { CertificationDraft } from '@dtdqm/contract';

/** Uid of the overview dashboard, see provisioning/src/names.ts. */
const overview = 'dtdqm-overview';

/** Where to look at a run: the API's own page, and the dashboard where Grafana's address is known. */
export function runLinks(run: number, grafanaUrl: string | undefined): CertificationDraft['links'] {
  return [
    { text: 'Run', url: `/eval/${run}` },
    ...(grafanaUrl === undefined
      ? []
      : [{ text: 'Dashboard', url: `${grafanaUrl.replace(/\/$/, '')}/d/${overview}?var-run=${run}` }]),
  ];
}
