import { layerInSuperlayer, layersPerSuperlayer, noWire, superlayerOfLayer } from '@dtdqm/contract';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { colourOf, colourSteps, stepOf } from './palette.ts';

export interface HeatmapOptions {
  /** For people who cannot see it. */
  label: string;
  /** What a cell's value means, with its unit. */
  unit: string;
  /** Text behind every row, layer 1 first. */
  notes: readonly Html[];
}

const size = { left: 84, right: 200, top: 8, width: 1150, row: 22, gap: 8, bar: 46 };
const plotWidth = size.width - size.left - size.right;

/** Twelve rows, layer 1 at the bottom as DQM draws it; cells without a wire are empty, the gaps part the superlayers. */
export function heatmapSvg(cells: readonly (readonly number[])[], options: HeatmapOptions): Html {
  const width = cells[0]?.length ?? 1;
  const present = cells.flat().filter((value) => value !== noWire);
  const greatest = present.reduce((most, value) => Math.max(most, value), 0);
  const bottom = rowTop(0) + size.row;
  const height = bottom + size.bar + 34;
  return html`<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${options.label}">
    ${cells.map(
      (row, index) =>
        html`<rect
            class="absent"
            x="${size.left}"
            y="${rowTop(index)}"
            width="${plotWidth}"
            height="${size.row - 2}"
          />
          <text class="tick" x="${size.left - 8}" y="${rowTop(index) + 15}" text-anchor="end"
            >${rowName(row, index)}</text
          >
          <text x="${size.left + plotWidth + 10}" y="${rowTop(index) + 15}">${options.notes[index]}</text>`,
    )}
    ${cellPaths(cells, width, greatest)}
    ${ticks(width).map((wire) => html`<text class="tick" x="${wireX(wire - 0.5, width)}" y="${bottom + 16}" text-anchor="middle">${wire}</text>`)}
    <text class="tick" x="${size.left + plotWidth / 2}" y="${bottom + 34}" text-anchor="middle">wire</text>
    ${colourBar(greatest, options.unit, bottom + size.bar)}
  </svg>`;
}

/** Top edge of a row; row 0 (layer 1) stands lowest. */
function rowTop(index: number): number {
  const fromTop = 11 - index;
  return size.top + fromTop * size.row + Math.floor(fromTop / layersPerSuperlayer) * size.gap;
}

function rowName(row: readonly number[], index: number): string {
  const layer = index + 1;
  const place = `SL${superlayerOfLayer(layer)} L${layerInSuperlayer(layer)}`;
  return row.every((value) => value === noWire) ? `${place} –` : `${place} · ${layer}`;
}

function wireX(wire: number, width: number): number {
  return round(size.left + (wire / width) * plotWidth);
}

/** One path a colour: a thousand rectangles of their own make a browser slow. */
function cellPaths(cells: readonly (readonly number[])[], width: number, greatest: number): Html[] {
  const paths = new Map<number, string>();
  const cellWidth = round(plotWidth / width);
  cells.forEach((row, y) => {
    row.forEach((value, x) => {
      if (value === noWire) return;
      const step = stepOf(greatest > 0 ? value / greatest : 0);
      const rectangle = `M${wireX(x, width)} ${rowTop(y)}h${cellWidth}v${size.row - 2}h-${cellWidth}z`;
      paths.set(step, (paths.get(step) ?? '') + rectangle);
    });
  });
  return [...paths].map(([step, path]) => html`<path fill="${colourOf(step)}" d="${path}" />`);
}

/** First wire, then every tenth. */
function ticks(width: number): number[] {
  return [1, ...Array.from({ length: Math.floor(width / 10) }, (_, index) => (index + 1) * 10)];
}

function colourBar(greatest: number, unit: string, y: number): Html {
  const barWidth = 300;
  const steps = Array.from({ length: colourSteps }, (_, step) => step);
  return html`<g
    >${steps.map((step) => html`<rect x="${round(size.left + (step * barWidth) / colourSteps)}" y="${y}" width="${round(barWidth / colourSteps + 0.5)}" height="10" fill="${colourOf(step)}" />`)}
    <text class="tick" x="${size.left}" y="${y + 25}">0</text>
    <text class="tick" x="${size.left + barWidth}" y="${y + 25}" text-anchor="end">${figure(greatest)}</text>
    <text class="tick" x="${size.left + barWidth + 14}" y="${y + 10}">${unit}</text></g
  >`;
}

function figure(value: number): string {
  return value >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString('en-GB')
    : value.toPrecision(3);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
