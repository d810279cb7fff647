import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stampOf } from './stampOf.ts';

const pluginDir = fileURLToPath(new URL('..', import.meta.url));

/** Where `npm run build` puts the plugin. */
export const pluginDist = join(pluginDir, 'dist');

/** File of a built plugin that says which sources it is of. */
export const pluginStampFile = 'sources.txt';

export function pluginStamp(): Promise<string> {
  return stampOf([
    join(pluginDir, 'src'),
    join(pluginDir, '../contract/src'),
    join(pluginDir, '../docs/operations/runbooks'),
  ]);
}
