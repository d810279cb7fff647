import { mean } from '@dtdqm/contract/numbers';

const width = 860;
const height = 420;
const frame = { left: 60, right: 210, top: 34, bottom: 46 };
/** Okabe and Ito's colours: apart for colour-blind eyes; dashes tell lines apart without colour. */
const colours = ['#0072b2', '#000000', '#e69f00', '#009e73', '#d55e00', '#cc79a7'];
const dashes = ['', '6 4', '', '8 3', '2 3', '10 3 2 3'];

/** Values of each world at numbers of labels. */
export type Curve = readonly { labels: number; values: readonly number[] }[];

/** Curves as SVG: mean over worlds, with the least and the most as a band. Values are shares, 0..1. */
export function drawCurves(title: string, curves: ReadonlyMap<string, Curve>): string {
  const last = Math.max(1, ...[...curves.values()].flatMap((curve) => curve.map(({ labels }) => labels)));
  const x = (labels: number) => frame.left + (labels / last) * (width - frame.left - frame.right);
  const y = (value: number) => height - frame.bottom - value * (height - frame.top - frame.bottom);
  const point = (labels: number, value: number) => `${x(labels).toFixed(1)},${y(value).toFixed(1)}`;
  const lines = [...curves].map(([name, curve], index) => {
    const style = `stroke="${colours[index % colours.length]}" stroke-dasharray="${dashes[index % dashes.length]}"`;
    const band = [
      ...curve.map(({ labels, values }) => point(labels, Math.max(...values))),
      ...[...curve].reverse().map(({ labels, values }) => point(labels, Math.min(...values))),
    ].join(' ');
    const row = frame.top + 12 + index * 20;
    const right = width - frame.right + 14;
    return [
      `<polygon points="${band}" fill="${colours[index % colours.length]}" opacity="0.1"/>`,
      `<polyline points="${curve.map(({ labels, values }) => point(labels, mean(values))).join(' ')}" fill="none" stroke-width="2" ${style}/>`,
      `<line x1="${right}" y1="${row - 4}" x2="${right + 26}" y2="${row - 4}" stroke-width="2" ${style}/>`,
      `<text x="${right + 32}" y="${row}">${name}</text>`,
    ].join('\n');
  });
  const levels = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${frame.left - 8}" y="${y(value) + 4}" text-anchor="end">${100 * value} %</text>`,
  );
  const counts = [...new Set([...curves.values()].flatMap((curve) => curve.map(({ labels }) => labels)))].map(
    (labels) =>
      `<text x="${x(labels)}" y="${height - frame.bottom + 18}" text-anchor="middle">${labels}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="20" font-size="14">${title}</text>
${[...levels, ...lines, ...counts].join('\n')}
<text x="${frame.left}" y="${height - 8}">labelled chambers</text>
</svg>
`;
}
