import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** One bundle for each plugin.json: the app at the top, the panels nested below it. */
export function pluginEntries(sourceDir: string): Record<string, string> {
  const manifests = readdirSync(sourceDir, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('plugin.json'));
  return Object.fromEntries(
    manifests.map((manifest) => {
      const folder = dirname(manifest);
      const file = ['module.ts', 'module.tsx'].find((name) => existsSync(join(sourceDir, folder, name)));
      if (!file)
        throw new Error(`${relative(process.cwd(), join(sourceDir, manifest))} has no module.ts beside it`);
      return [join(folder, 'module'), join(sourceDir, folder, file)];
    }),
  );
}
