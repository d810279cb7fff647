export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  readonly logarithmicX?: boolean;
  readonly logarithmicY?: boolean;
  /** A vertical line at this x. */
  readonly mark?: number;
  /** Draws the diagonal, for diagrams where it is the ideal. */
  readonly diagonal?: boolean;
  /** Limits of y; from the points when absent. */
  readonly range?: readonly [number, number];
}

const width = 640;
const height = 400;
const margin = { left: 64, right: 168, top: 36, bottom: 48 };
/** Told apart by people who see red and green alike (Okabe and Ito, 2008). */
const colours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#e69f00',
  '#000000',
  '#8b5a2b',
  '#7f7f7f',
];

/** A chart of lines as an SVG document, for reports and model cards. */
export function drawLines(chart: LineChart): string {
  const points = chart.lines.flatMap((line) => line.points).filter((point) => point.every(Number.isFinite));
  const toX = scaleOf(
    points.map(([x]) => x),
    margin.left,
    width - margin.right,
    chart.logarithmicX,
  );
  const toY = scaleOf(chart.range ? [...chart.range] : points.map(([, y]) => y), height - margin.bottom, margin.top, chart.logarithmicY); // prettier-ignore
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(width / 2 - 60, 20, chart.title, 'middle', 14),
    text((margin.left + width - margin.right) / 2, height - 10, chart.x, 'middle'),
    `<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">${escape(chart.y)}</text>`,
    ...toX.ticks.map((tick) => `${grid(toX.at(tick), margin.top, toX.at(tick), height - margin.bottom)}${text(toX.at(tick), height - margin.bottom + 16, format(tick), 'middle')}`), // prettier-ignore
    ...toY.ticks.map((tick) => `${grid(margin.left, toY.at(tick), width - margin.right, toY.at(tick))}${text(margin.left - 6, toY.at(tick) + 4, format(tick), 'end')}`), // prettier-ignore
    ...(chart.mark === undefined ? [] : [grid(toX.at(chart.mark), margin.top, toX.at(chart.mark), height - margin.bottom, '#555')]), // prettier-ignore
    ...(chart.diagonal ? [grid(toX.at(0), toY.at(0), toX.at(1), toY.at(1), '#555')] : []),
    ...chart.lines.map((line, index) => {
      const colour = colours[index % colours.length]!;
      const drawn = line.points.filter((point) => point.every(Number.isFinite)).map(([x, y]) => `${toX.at(x).toFixed(1)},${toY.at(y).toFixed(1)}`); // prettier-ignore
      const dots = drawn.length <= 30 ? drawn.map((at) => `<circle cx="${at.split(',')[0]}" cy="${at.split(',')[1]}" r="2.5" fill="${colour}"/>`) : []; // prettier-ignore
      return [
        `<polyline points="${drawn.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
        ...dots,
        `<rect x="${width - margin.right + 12}" y="${margin.top + 18 * index}" width="12" height="4" fill="${colour}"/>`,
        text(width - margin.right + 30, margin.top + 6 + 18 * index, line.name, 'start', 11),
      ].join('');
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

function scaleOf(values: readonly number[], from: number, to: number, logarithmic = false): Scale {
  const usable = values.filter((value) => !logarithmic || value > 0);
  const low = Math.min(...usable);
  const high = Math.max(...usable);
  const map = (value: number) => (logarithmic ? Math.log10(Math.max(value, low)) : value);
  const span = map(high) - map(low) || 1;
  return {
    at: (value) => from + ((map(value) - map(low)) / span) * (to - from),
    ticks: logarithmic
      ? decades(low, high)
      : Array.from({ length: 6 }, (_, index) => low + (index * (high - low)) / 5),
  };
}

function decades(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks.length > 8 ? ticks.filter((tick) => /^1e|^1$|^10+$|^0\.0*1$/.test(String(tick))) : ticks;
}

function format(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function text(x: number, y: number, content: string, anchor: string, size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${escape(content)}</text>`;
}

function grid(x1: number, y1: number, x2: number, y2: number, colour = '#ddd'): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;
}

function escape(content: string): string {
  return content.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
}
