import { chamberLabel, noWire, type ChamberId } from '@dtdqm/contract';
import { gapsOf, type ChamberSteps, type LayerSteps } from './steps.ts';

const size = { column: 210, row: 46, gap: 14, left: 92, top: 64 };

interface Column {
  readonly title: string;
  readonly unit: string;
  readonly valuesOf: (layer: LayerSteps) => readonly number[];
  /** Cells of the histogram, in which -1 means that there is no wire. */
  readonly onCells?: true;
}

const columns: readonly Column[] = [
  { title: 'Histogram', unit: 'hits per wire', valuesOf: ({ raw }) => raw, onCells: true },
  { title: 'Resized and scaled', unit: 'share of the maximum', valuesOf: ({ scaled }) => scaled },
  {
    title: 'Network input',
    unit: 'as the model takes it',
    valuesOf: ({ inputs }) => Object.values(inputs).flat(),
  },
  { title: 'Gradient', unit: 'logits per input', valuesOf: ({ gradient }) => Object.values(gradient).flat() },
  { title: 'Smoothed', unit: 'logits per input', valuesOf: ({ smoothed }) => Object.values(smoothed).flat() },
  { title: 'Back on the wires', unit: 'logits', valuesOf: ({ mappedBack }) => mappedBack, onCells: true },
];

/** A picture of {@link ChamberSteps}: one row a layer, one column a step, each column on a scale of its own. */
export function stepsSvg(chamber: ChamberId, run: number, { model, saliency, layers }: ChamberSteps): string {
  const width = size.left + columns.length * (size.column + size.gap);
  const height = size.top + layers.length * (size.row + size.gap);
  const title = `Run ${run}, ${chamberLabel(chamber)}: how ${model} scores it, explained by ${saliency}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif">`,
    `<title>${escape(title)}</title>`,
    style,
    pattern,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="name" x="10" y="20">${escape(title)}</text>`,
    ...columns.map(({ title: name, unit }, index) =>
      [
        `<text class="name" x="${leftOf(index)}" y="42">${name}</text>`,
        `<text x="${leftOf(index)}" y="56">${unit}</text>`,
      ].join(''),
    ),
    ...layers.map((layer, index) => rowOf(layer, size.top + index * (size.row + size.gap), layers)),
    '</svg>',
    '',
  ].join('\n');
}

const style = `<style>
text{font-size:11px;fill:#5c6066}.name{font-size:12px;font-weight:600;fill:#1f2328}.ground{fill:#fff}
.plot{fill:#3871dc;fill-opacity:.55;stroke:#3871dc;stroke-width:.8}.zero{stroke:#8e939a;stroke-width:.5}.gap{fill:url(#none)}
@media(prefers-color-scheme:dark){text{fill:#a5abb3}.name{fill:#e6e8ea}.ground{fill:#181b1f}.plot{fill:#6e9fff;stroke:#6e9fff}}
</style>`;
const pattern =
  '<defs><pattern id="none" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.5" height="5" fill="#8e939a" fill-opacity=".5"/></pattern></defs>'; // prettier-ignore

function rowOf(layer: LayerSteps, top: number, layers: readonly LayerSteps[]): string {
  const middle = top + size.row / 2;
  const name = `<text class="name" x="10" y="${middle}">Layer ${layer.layer}</text>`;
  const score = `<text x="10" y="${middle + 14}">P(bad) ${layer.score.toFixed(3)}</text>`;
  return (
    name + score + columns.map((column, index) => plot(column, layer, leftOf(index), top, layers)).join('')
  );
}

function plot(
  column: Column,
  layer: LayerSteps,
  left: number,
  top: number,
  layers: readonly LayerSteps[],
): string {
  const counted = (values: readonly number[]) =>
    column.onCells ? values.filter((_, cell) => layer.raw[cell] !== noWire) : values;
  const values = column.valuesOf(layer);
  const all = layers.flatMap((one) =>
    column.valuesOf(one).filter((_, cell) => !column.onCells || one.raw[cell] !== noWire),
  );
  const highest = all.reduce((most, value) => Math.max(most, value), 0);
  const lowest = all.reduce((least, value) => Math.min(least, value), 0);
  const span = highest - lowest || 1;
  const y = (value: number) => round(top + ((highest - value) / span) * size.row);
  const step = size.column / Math.max(1, values.length);
  const x = (cell: number) => round(left + cell * step);
  const isGap = (cell: number) => column.onCells === true && layer.raw[cell] === noWire;
  const corners = values.map((value, cell) => `H${x(cell)}V${isGap(cell) ? y(0) : y(value)}`).join('');
  const gaps = column.onCells ? gapsOf(layer.raw) : [];
  const hatched = gaps.map(
    ({ first, cells }) =>
      `<rect class="gap" x="${x(first)}" y="${top}" width="${round(cells * step)}" height="${size.row}"/>`,
  );
  const range = counted(values);
  const label = `Layer ${layer.layer}, ${column.title}: ${describe(range)}`;
  return [
    `<g><title>${label}</title>`,
    ...hatched,
    `<path class="plot" d="M${left} ${y(0)}${corners}H${left + size.column}V${y(0)}Z"/>`,
    `<line class="zero" x1="${left}" x2="${left + size.column}" y1="${y(0)}" y2="${y(0)}"/></g>`,
  ].join('');
}

function describe(values: readonly number[]): string {
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
  return `${Number(least.toPrecision(3))} to ${Number(most.toPrecision(3))}`;
}

const leftOf = (column: number) => size.left + column * (size.column + size.gap);
const round = (value: number) => Math.round(value * 10) / 10;
const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
