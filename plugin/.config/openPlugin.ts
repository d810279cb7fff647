import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pluginDist, pluginStamp, pluginStampFile } from './pluginDist.ts';

/**
 * Folder of the built plugin: the one in dist when it is of these sources, else built now, which takes a quarter of a minute.
 *
 * @param onBuild called before it is built.
 * @throws when it does not compile, or there is neither webpack nor a plugin that was built beforehand.
 */
export async function openPlugin(onBuild: () => void): Promise<string> {
  const built = await readFile(join(pluginDist, pluginStampFile), 'utf8').catch(() => null);
  if (built !== null && built === (await pluginStamp().catch(() => null))) return pluginDist;
  // Loaded here and not above: a plugin that was built beforehand is used where webpack is not installed.
  const builder = await import('./build.ts').catch((error: unknown) => {
    // An older one is better than none where nothing can be built.
    if (built !== null) return null;
    throw error;
  });
  if (builder !== null) {
    onBuild();
    await builder.buildPlugin();
  }
  return pluginDist;
}
