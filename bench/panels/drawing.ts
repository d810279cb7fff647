import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openBrowser, openPage } from '../../test/e2e/browser.ts';
import { leaveOut } from '../../plugin/workbench/build.ts';
import { machine, ratios, summary, tableOf } from '../harness.ts';

/**
 * How long drawing takes in real Chromium: `npx tsx bench/panels/drawing.ts [rounds]`. Prints Markdown.
 *
 * The heatmap is drawn from numbers to pixels (12 x 96 cells, saliency over it, values written where they fit); of the barrel, all
 * 250 chambers change at once.
 */
const rounds = Number(process.argv[2] ?? 200);
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('inBrowser.tsx', import.meta.url))],
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  jsx: 'transform',
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  loader: { '.css': 'empty' },
  alias: { 'react-use/lib': 'react-use/esm' },
  plugins: [leaveOut],
  logLevel: 'error',
});
const browser = await openBrowser();
const { page } = await openPage(browser);
await page.goto('data:text/html,<body style="margin:0">');
await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });

type Timed = Window & {
  drawHeatmaps: (n: number) => number[];
  drawCellByCell: (n: number) => number[];
  updateBarrel: (n: number, layout: string) => number[];
  replaceBarrel: (n: number) => number[];
};
const processor = await page.context().newCDPSession(page);
await processor.send('Performance.enable', { timeDomain: 'threadTicks' });

/** Processor time of the page's main thread so far, ms. */
async function spent(): Promise<number> {
  const { metrics } = await processor.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
}

/** A row of the table: times by the clock, and processor time a round, which does not wait for other programs. */
async function row(what: string, measure: () => Promise<number[]>, goal: string): Promise<string> {
  const before = await spent();
  const times = await measure();
  const each = (await spent()) - before;
  return `| ${what} | ${summary(times)} | ${(each / rounds).toFixed(1)} ms | ${goal} |`;
}

const barrel = (layout: string) => () =>
  page.evaluate(([n, of]) => (window as unknown as Timed).updateBarrel(n, of), [rounds, layout] as const);
const rows = [
  await row(
    'heatmap, 12 x 96 cells',
    () => page.evaluate((n) => (window as unknown as Timed).drawHeatmaps(n), rounds),
    '8 ms',
  ),
  await row('barrel as wheels, 250 chambers changed', barrel('wheels'), '16 ms'),
  await row('barrel as wheels and unrolled, each chamber twice', barrel('both'), '-'),
];
/** A few rounds of each in turn, so that both meet the same machine. */
async function beside(what: string, ours: typeof draw, theirs: typeof draw, way: string): Promise<string> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let turn = 0; turn < 10; turn++) {
    times.ours.push(...(await ours(rounds / 10)));
    times.theirs.push(...(await theirs(rounds / 10)));
  }
  return tableOf(
    what,
    ratios([
      { what: 'ours', times: times.ours },
      { what: way, times: times.theirs },
    ]),
  );
}

const draw = (n: number) => page.evaluate((m) => (window as unknown as Timed).drawHeatmaps(m), n);
const cellByCell = (n: number) => page.evaluate((m) => (window as unknown as Timed).drawCellByCell(m), n);
const update = (n: number) => page.evaluate((m) => (window as unknown as Timed).updateBarrel(m, 'wheels'), n);
const replace = (n: number) => page.evaluate((m) => (window as unknown as Timed).replaceBarrel(m), n);
const comparisons = [
  await beside('heatmap', draw, cellByCell, 'a rectangle and a text for each cell, no saliency, no names'),
  await beside('barrel as wheels', update, replace, 'plain SVG made anew as text, no focus, no patterns'),
];
await browser.close();

process.stdout.write(
  [
    `Chromium headless, no graphics card, ${rounds} rounds. ${machine()}`,
    '',
    '| what | median | p95 | longest | processor, mean | goal |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...comparisons,
  ].join('\n'),
);
