import type { ChildProcess } from 'node:child_process';

/**
 * Kills a child when this process exits, for whatever reason but SIGKILL, and forgets it once it has ended. A child that is told to end in
 * order first is its starter's business.
 */
export function endsWithUs(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  const forget = () => process.off('exit', kill);
  process.once('exit', kill);
  child.once('exit', forget);
  child.once('error', forget);
}
