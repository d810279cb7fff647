import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

interface Bench {
  /** Also the name of its file in bench/results. */
  name: string;
  title: string;
  /** Program below bench, and its arguments. */
  command: readonly [file: string, ...args: string[]];
}

/** Every comparison and measurement, in the order of the report. */
const benches: readonly Bench[] = [
  {
    name: 'ingest',
    title: 'One run end to end over loopback: fetch, parse, score, explain, store',
    command: ['pipeline/oneRun.ts', '6'],
  },
  {
    name: 'parsing',
    title: 'JSON parsing: replies of one run, beside other ways to read them',
    command: ['pipeline/parsing.ts', '60'],
  },
  {
    name: 'listing',
    title: 'Listings of very many runs: processor time, memory, and how long nothing else runs',
    command: ['pipeline/listing.ts'],
  },
  {
    name: 'fetch-and-store',
    title: "Ingest: fetching and storing one run, beside the original's way",
    command: ['pipeline/ingest.ts', '7'],
  },
  {
    name: 'scoring',
    title: 'Scores and saliency beside the original call pattern and other runtimes',
    command: ['scoring/speed.ts'],
  },
  {
    name: 'labelling',
    title: 'Next chamber and label, twenty experts, beside a query over all and a bare row',
    command: ['api/labelling.ts', '1000', '4000'],
  },
  {
    name: 'transfer',
    title: 'Export and import of 100,000 labels, beside the shortest ways',
    command: ['api/transfer.ts', '100000'],
  },
  {
    name: 'sql',
    title: "The dashboards' statements with 1,000 runs and 100,000 labels, beside the same without summaries",
    command: ['sql/slowest.ts', '1000', '51'],
  },
  {
    name: 'panels',
    title: 'Drawing of panels, beside the shortest ways',
    command: ['panels/drawing.ts', '500'],
  },
  {
    name: 'panels-labelling',
    title: 'Key press to next chamber, in a browser',
    command: ['panels/labelling.ts', '1000', '500'],
  },
  {
    name: 'panels-bad-line',
    title: 'Labels stored although the line is bad',
    command: ['panels/badLine.ts', '1000', '500'],
  },
  {
    name: 'active-learning',
    title: 'Labels needed, by strategy',
    command: ['active-learning/run.ts'],
  },
  {
    name: 'loop',
    title:
      'The learning loop through the product: labels against what the detector in use finds, by strategy',
    command: ['loop/run.ts', 'larch', '8', '8', '250', '40', '10', '20,50,100,200,400'],
  },
  {
    name: 'loop-session',
    title:
      'One expert at the Label page, in a browser: a hundred labels, retraining, gate, and what the pages tell of it',
    command: ['loop/session.ts', 'aspen', '120', '24', '6', '400'],
  },
  {
    name: 'incidents',
    title: 'Incidents of a simulated week, beside the truth',
    command: ['incidents/week.ts', 'maple', 'birch', 'cedar', 'alder', 'rowan'],
  },
  {
    name: 'inRun',
    title: 'Inside of runs: time from a trip until it is told, and changes told falsely',
    command: ['inRun/run.ts', 'spring', '200', '24', '45'],
  },
  {
    name: 'inRun-fold',
    title:
      'A day of looks at runs in progress: what differences, watch and judging cost, and how much is kept',
    command: ['inRun/fold.ts', '24', '10'],
  },
  {
    name: 'inRun-day',
    title: 'A day of runs in progress through client, pipeline, incidents and database, in accelerated time',
    command: ['inRun/day.ts', '24', '1', '105'],
  },
  {
    name: 'inRun-slices',
    title: 'Five million slices of chambers: filling, reading and forgetting them',
    command: ['inRun/manySlices.ts', '5000000'],
  },
  {
    name: 'scale',
    title: 'Size and times by number of runs',
    command: ['scale/measure.ts', '0', '100', '1000', '4000'],
  },
];

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

interface BenchResult {
  name: string;
  title: string;
  /** How to have it again. */
  command: string;
  at: string;
  machine: string;
  /** Mean number of processes that wanted a processor, before and after: above the number of processors, times say little. */
  load: [before: number, after: number];
  seconds: number;
  exitCode: number | null;
  /** JSON or Markdown, as the bench prints it. */
  output: string;
}

/** Runs one bench in a process of its own, as it would be by hand. */
async function runBench({ name, title, command: [file, ...args] }: Bench): Promise<BenchResult> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const before = loadavg()[0] ?? 0;
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    name,
    title,
    command: ['npx tsx', `bench/${file}`, ...args].join(' '),
    at: new Date().toISOString(),
    machine: `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`,
    load: [rounded(before), rounded(loadavg()[0] ?? 0)],
    seconds: rounded((performance.now() - started) / 1000),
    exitCode,
    output: output.trim(),
  };
}

/** bench/RESULTS.md: what each bench printed, with the command and the state of the machine beside it. */
function reportOf(results: readonly BenchResult[]): string {
  const sections = results.map((result) => {
    const { title, command, at, machine, load, seconds, output } = result;
    const text = output.startsWith('{') ? asTables(JSON.parse(output)) : asMarkdown(output);
    return [
      `## ${title}`,
      '',
      `\`${command}\`, ${at.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s; ${machine}; load ${load[0]} before, ${load[1]} after`,
      '',
      text,
      '',
    ].join('\n');
  });
  const head = [
    '# Results',
    '',
    'Written by `npm run bench`; `npm run bench -- ingest scale` repeats only these. A load above the number of processors',
    'means that other programs were at work: times are then too long, while ratios measured side by side still hold.',
    '',
  ];
  return `${[...head, ...sections].join('\n').trimEnd()}\n`;
}

/** Lines that are not Markdown themselves keep their breaks. */
function asMarkdown(output: string): string {
  return /^[|#]/m.test(output) ? output : `\`\`\`\n${output}\n\`\`\``;
}

/** A list of records becomes a table, with the records inside a record as further columns. */
function asTables(value: unknown): string {
  const { results } = value as { results?: Record<string, unknown>[] };
  if (!Array.isArray(results)) return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
  const rows = results.map((record) => Object.fromEntries(flatten(record)));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  // Many columns and few rows read better the other way round.
  const lines = names.map(
    (name) => `| ${name} | ${rows.map((row) => String(row[name] ?? '')).join(' | ')} |`,
  );
  const [first = '', ...others] = lines;
  return [first, `| --- | ${rows.map(() => '--:').join(' | ')} |`, ...others].join('\n');
}

function flatten(record: Record<string, unknown>, prefix = ''): [string, unknown][] {
  return Object.entries(record).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? flatten(value as Record<string, unknown>, `${prefix}${name}: `)
      : [[prefix + name, value]],
  );
}
