import type { Config } from '../../config/index.ts';
import { inspectCertificate } from '../../dqm/certificate.ts';
import { Closers } from '../../monitor/closers.ts';
import { openClient } from '../../monitor/source.ts';
import { findingOf, type Finding } from './finding.ts';

/** Time to ask for a new certificate and to install it. */
const renewDays = 21;

/** The client certificate, and whether the server lists runs for it. */
export async function lookAtDqm(config: Config): Promise<Finding[]> {
  const { dqmUrl: url } = config;
  if (url === undefined) {
    return [
      { part: 'DQM server', state: 'skipped', found: 'DQM_URL is not set: a simulated detector is used' },
    ];
  }
  return [await lookAtCertificate(config), await askForRuns(config, url)];
}

function lookAtCertificate({ dqmCert: file }: Config): Promise<Finding> {
  return findingOf('certificate', 'see the message; DQM_CERT names the file', async () => {
    if (file === undefined) return { state: 'skipped', found: 'DQM_CERT is not set' };
    const { subject, validTo, daysLeft } = inspectCertificate(file);
    const found = `${subject}, until ${validTo.toISOString().slice(0, 10)} (${daysLeft} days)`;
    const fix = 'ask your certificate authority for a new one and put it in the place of the old';
    if (daysLeft < 0) return { state: 'failure', found: `expired: ${found}`, fix };
    return daysLeft < renewDays ? { state: 'warning', found, fix } : { state: 'ok', found };
  });
}

function askForRuns(config: Config, url: string): Promise<Finding> {
  const fix = 'see the message; check DQM_URL, the network and the certificate';
  return findingOf('DQM server', fix, async () => {
    const closers = new Closers();
    try {
      const source = openClient(config, url, closers);
      const started = performance.now();
      const runs = await source.listRuns({ dataset: config.dqmDataset });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (runs.length === 0) {
        const found = `${url} answers, and lists no run of ${config.dqmDataset}`;
        return { state: 'warning', found, fix: 'check DQM_DATASET' };
      }
      return { state: 'ok', found: `${url} lists ${runs.length} runs up to ${runs[0]?.run} in ${seconds} s` };
    } finally {
      await closers.close();
    }
  });
}
