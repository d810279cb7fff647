import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openBrowser, openPage } from '../../test/e2e/browser.ts';
import { leaveOut } from '../../plugin/workbench/build.ts';
import { machine } from './machine.ts';
import { summary } from './summary.ts';

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
  updateBarrel: (n: number, layout: string) => number[];
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
await browser.close();

process.stdout.write(
  [
    `Chromium headless, no graphics card, ${rounds} rounds. ${machine()}`,
    '',
    '| what | median | p95 | longest | processor, mean | goal |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n'),
);
