import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openBrowser, openPage } from '../../test/e2e/browser.ts';
import { leaveOut } from '../../plugin/workbench/build.ts';
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

type Timed = Window & { drawHeatmaps: (n: number) => number[]; updateBarrel: (n: number) => number[] };
const heatmaps = await page.evaluate((n) => (window as unknown as Timed).drawHeatmaps(n), rounds);
const barrels = await page.evaluate((n) => (window as unknown as Timed).updateBarrel(n), rounds);
await browser.close();

process.stdout.write(
  [
    `Chromium headless, ${cpus()[0]?.model}, ${rounds} rounds, the first tenth left out.`,
    '',
    '| what | median | p95 | goal |',
    '| --- | --- | --- | --- |',
    `| heatmap, 12 x 96 cells | ${summary(heatmaps)} | 8 ms |`,
    `| barrel, 250 chambers changed | ${summary(barrels)} | 16 ms |`,
    '',
  ].join('\n'),
);
