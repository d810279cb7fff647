import type { Settings } from './settings.ts';

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** True for addresses that other machines cannot reach. */
export function isLoopback(host: string): boolean {
  return loopback.test(host);
}

/** Faults that no single variable shows. */
export function faultsAcrossSettings(config: Settings): string[] {
  const faults: string[] = [];
  if (!isLoopback(config.apiHost) && config.apiToken === undefined) {
    faults.push(
      `API_HOST ${config.apiHost} lets other machines in, which needs API_TOKEN or API_TOKEN_FILE; set one, or listen on 127.0.0.1`,
    );
  }
  if (config.dqmKey !== undefined && config.dqmCert === undefined) {
    faults.push('DQM_KEY is of no use without DQM_CERT; set both');
  }
  if (config.dqmPassphraseFile !== undefined && config.dqmCert === undefined) {
    faults.push('DQM_PASSPHRASE_FILE is of no use without DQM_CERT; set both');
  }
  if (config.dqmCert !== undefined && config.dqmUrl?.startsWith('http:')) {
    faults.push('DQM_CERT cannot be shown over http; give DQM_URL as https://');
  }
  if (config.firstRun !== undefined && config.lastRun !== undefined && config.firstRun > config.lastRun) {
    faults.push(
      `DTDQM_RUN_FIRST must not be greater than DTDQM_RUN_LAST, is ${config.firstRun} > ${config.lastRun}`,
    );
  }
  if (config.grafanaUrl !== undefined && config.apiToken === undefined) {
    faults.push('DTDQM_GRAFANA_URL needs API_TOKEN: identities count only beside the right token; set it');
  }
  if (config.notifications === 'email' && config.alertEmail === undefined) {
    faults.push('DTDQM_NOTIFICATIONS email needs DTDQM_ALERT_EMAIL; set it');
  }
  if (config.notifications === 'webhook' && config.alertWebhook === undefined) {
    faults.push('DTDQM_NOTIFICATIONS webhook needs DTDQM_ALERT_WEBHOOK; set it');
  }
  return faults;
}
