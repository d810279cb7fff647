import { dirname } from 'node:path';

/**
 * Goes where the user is. npm runs scripts in the folder of package.json, so that `npm run dtdqm -- score --in file`
 * would look for the file there and not where the command was typed.
 */
export function enterCallerDirectory(env: NodeJS.ProcessEnv = process.env): void {
  const { INIT_CWD: caller, npm_package_json: packageFile, npm_lifecycle_event: script } = env;
  if (caller === undefined || packageFile === undefined || script === undefined) return;
  if (process.cwd() === dirname(packageFile)) process.chdir(caller);
}
