import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NativeInstallError } from './nativeError.ts';

const execute = promisify(execFile);

/**
 * Runs a tool of the machine (compiler, tar, pip) and returns what it wrote.
 *
 * @throws {NativeInstallError} when it is missing or fails, with the end of its own words.
 */
export async function runTool(tool: string, args: readonly string[], purpose: string): Promise<string> {
  try {
    const { stdout } = await execute(tool, args, { maxBuffer: 64 << 20 });
    return stdout;
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: string | number; stderr?: string };
    if (code === 'ENOENT')
      throw new NativeInstallError(`${purpose}: "${tool}" is not on this machine`, { cause });
    const lastWords = stderr.trim().split('\n').slice(-3).join(' / ').slice(-400);
    throw new NativeInstallError(`${purpose}: ${tool} failed: ${lastWords || `exit code ${code}`}`, {
      cause,
    });
  }
}
