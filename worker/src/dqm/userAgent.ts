import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Tells the operators of the DQM server who asks. */
export const userAgent = `dt-occupancy-monitor/${version} (CMS DT data quality)`;
