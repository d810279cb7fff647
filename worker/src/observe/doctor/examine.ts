import type { Config } from '../../config/index.ts';
import { lookAtDatabase } from './database.ts';
import { lookAtDisk } from './disk.ts';
import { lookAtDqm } from './dqm.ts';
import type { Finding } from './finding.ts';
import { lookAtGrafana } from './grafana.ts';
import { lookAtScoring } from './scoring.ts';

/** Looks at every part of an installation. Never throws: what cannot be looked at is a finding. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    lookAtDatabase(config),
    lookAtDqm(config),
    lookAtScoring(config),
    lookAtDisk(config),
    lookAtGrafana(config),
  ]);
  return findings.flat();
}
