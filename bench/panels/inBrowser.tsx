import React from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { createTheme, ThemeContext } from '@grafana/data';
import { allChambers, formatChamber } from '@dtdqm/contract';
import type { BarrelCell, BarrelModel } from '../../plugin/src/panels/barrel/model.ts';
import type { BarrelOptions } from '../../plugin/src/panels/barrel/options.ts';
import { chamberModel } from '../../plugin/src/heatmap/chamberModel.ts';
import { drawChamber } from '../../plugin/src/heatmap/drawing.ts';
import { heatmapStyle } from '../../plugin/src/heatmap/style.ts';
import { paint } from '../../plugin/src/heatmap/paint.ts';
import { BarrelView } from '../../plugin/src/panels/barrel/BarrelView.tsx';

/** Runs inside Chromium: what the panels do, timed around the code itself. Times are ms. */
const theme = createTheme({ colors: { mode: 'dark' } });

function drawHeatmaps(rounds: number): number[] {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1200, 500];
  document.body.append(canvas);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  const saliency = Array.from({ length: 12 }, () => Array.from({ length: 96 }, () => Math.random() - 0.4));
  const options = { palette: 'viridis', scale: 'linear', reach: 'chamber', fixedMax: 100 } as const;
  return Array.from({ length: rounds }, () => {
    const hits = someHits();
    const begun = performance.now();
    const model = chamberModel({ chamber: { wheel: 0, station: 3, sector: 1 }, run: 1, hits, saliency });
    const { commands, layout } = drawChamber(model, null, {
      content: 'hits-and-saliency',
      width: 1200,
      height: 500,
      pixelRatio: 1,
      style: heatmapStyle(options, theme, null, 200),
      saliencyOpacity: 0.75,
      showValues: true,
      format: String,
    });
    paint(context, commands, layout.size, 1);
    // Reading a pixel back waits until everything before it is drawn.
    context.getImageData(0, 0, 1, 1);
    return performance.now() - begun;
  });
}

/** The shortest way to a heatmap: a rectangle a cell, each with a colour of its own, and its value written on it; no saliency. */
function drawCellByCell(rounds: number): number[] {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1200, 500];
  document.body.append(canvas);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  const [width, height] = [canvas.width / 96, canvas.height / 12];
  return Array.from({ length: rounds }, () => {
    const hits = someHits();
    const begun = performance.now();
    hits.forEach((row, y) =>
      row.forEach((value, x) => {
        context.fillStyle = `hsl(${260 - value}, 80%, ${20 + value / 4}%)`;
        context.fillRect(x * width, y * height, width, height);
        context.fillStyle = 'white';
        context.fillText(String(value), x * width, (y + 0.5) * height);
      }),
    );
    context.getImageData(0, 0, 1, 1);
    return performance.now() - begun;
  });
}

/** The shortest way to a barrel: the page's text made anew. */
function replaceBarrel(rounds: number): number[] {
  const element = document.createElement('div');
  element.style.cssText = 'width:1400px;height:800px';
  document.body.append(element);
  const times = Array.from({ length: rounds }, (_, round) => {
    const cells = cellsAt(round + 1);
    const begun = performance.now();
    element.innerHTML = `<svg width="1400" height="800">${cells
      .map(({ key, label, sign, condition }, index) => {
        const [x, y] = [(index % 25) * 56, Math.floor(index / 25) * 80];
        const colour = condition === 'bad' ? 'red' : 'grey';
        return `<g id="${key}"><title>${label}</title><path d="M${x} ${y}h50v70h-50z" fill="${colour}"/><text x="${x}" y="${y + 40}">${sign}</text></g>`;
      })
      .join('')}</svg>`;
    element.getBoundingClientRect();
    return performance.now() - begun;
  });
  element.remove();
  return times;
}

function someHits(): number[][] {
  return Array.from({ length: 12 }, () => Array.from({ length: 96 }, () => Math.floor(Math.random() * 200)));
}

function updateBarrel(rounds: number, layout: BarrelOptions['layout']): number[] {
  const element = document.createElement('div');
  element.style.cssText = 'width:1400px;height:800px';
  document.body.append(element);
  const root = createRoot(element);
  const counts: BarrelModel['counts'] = { failed: 0, absent: 0, dead: 0, bad: 125, unknown: 0, good: 125 };
  const show = (cells: BarrelCell[]) =>
    flushSync(() =>
      root.render(
        <ThemeContext.Provider value={theme}>
          <BarrelView
            model={{ cells, counts, tint: null }}
            state={null}
            run={1}
            showHeadline
            layout={layout}
            current={null}
            choose={() => undefined}
            hover={() => undefined}
          />
        </ThemeContext.Provider>,
      ),
    );
  show(cellsAt(0));
  const times = Array.from({ length: rounds }, (_, round) => {
    const cells = cellsAt(round + 1);
    const begun = performance.now();
    show(cells);
    // Asking for a place makes the browser lay everything out; painting is not in the time.
    element.getBoundingClientRect();
    return performance.now() - begun;
  });
  root.unmount();
  element.remove();
  return times;
}

/** Every chamber in another condition than the round before. */
function cellsAt(round: number): BarrelCell[] {
  return allChambers.map((chamber, index) => {
    const isBad = (index + round) % 2 === 0;
    const value = isBad ? 1 + (round % 9) : 0;
    return {
      key: formatChamber(chamber),
      chamber,
      condition: isBad ? 'bad' : 'good',
      look: isBad ? 'loud' : 'good',
      isLoudMark: false,
      tint: null,
      sign: isBad ? String(value) : '',
      stand: isBad ? 'bad, new' : 'good',
      label: `${formatChamber(chamber)}: ${value}`,
    };
  });
}

Object.assign(window, { drawHeatmaps, drawCellByCell, updateBarrel, replaceBarrel });
