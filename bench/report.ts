import type { BenchResult } from './runBench.ts';

/** bench/RESULTS.md: what each bench printed, with the command and the state of the machine beside it. */
export function reportOf(results: readonly BenchResult[]): string {
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
