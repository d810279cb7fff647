import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const program = `
import json, sys
replies = [sys.stdin.readline() for _ in range(int(sys.argv[1]))]
print(flush=True)
for _ in sys.stdin:
    lists = [json.loads(reply)["hist"]["bins"]["content"] for reply in replies]
    print(flush=True)
`;

export interface PythonParser {
  /** Reads all replies once. */
  parse: () => Promise<void>;
  stop: () => void;
}

/**
 * Python's own reader of JSON, which the original tool calls through `requests`, in a process that holds the replies already:
 * what is timed is reading them and a line through two pipes.
 *
 * @returns null where there is no python3.
 */
export function startPythonParser(replies: readonly string[]): PythonParser | null {
  if (spawnSync('python3', ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  const python = spawn('python3', ['-c', program, String(replies.length)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: python.stdout });
  python.stdin.write(replies.map((text) => `${text.trim()}\n`).join(''));
  const ready = once(lines, 'line');
  return {
    async parse() {
      await ready;
      const done = once(lines, 'line');
      python.stdin.write('\n');
      await done;
    },
    stop: () => python.stdin.end(),
  };
}
