import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { benches } from './list.ts';
import { reportOf } from './report.ts';
import { runBench, type BenchResult } from './runBench.ts';

/**
 * Runs the benches, or those named behind `npm run bench --`, and writes bench/RESULTS.md from their newest results.
 */
const results = new URL('results/', import.meta.url);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benches.every((bench) => bench.name !== name));
if (unknown.length > 0) {
  throw new Error(
    `no bench is called ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
  );
}
await mkdir(results, { recursive: true });
for (const bench of benches) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
  if (!(await exists(new URL(bench.command[0], import.meta.url)))) continue;
  process.stderr.write(`${bench.title} ...\n`);
  const result = await runBench(bench);
  if (result.exitCode !== 0) {
    process.stderr.write(`${bench.name} ended with ${result.exitCode}; its last good result is kept\n`);
    process.exitCode = 1;
    continue;
  }
  await writeFile(new URL(`${bench.name}.json`, results), `${JSON.stringify(result, null, 2)}\n`);
}
const stored = (await readdir(results)).filter((file) => file.endsWith('.json'));
const read = await Promise.all(
  stored.map(async (file) => JSON.parse(await readFile(new URL(file, results), 'utf8')) as BenchResult),
);
const inOrder = benches.flatMap(({ name }) => read.filter((result) => result.name === name));
const report = new URL('RESULTS.md', import.meta.url);
const style = await resolveConfig(report);
await writeFile(report, await format(reportOf(inOrder), { ...style, parser: 'markdown' }));

async function exists(file: URL): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
