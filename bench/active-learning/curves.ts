import type { Step } from './campaign.ts';

const width = 860;
const height = 460;
const frame = { left: 64, right: 190, top: 34, bottom: 46 };
/** Okabe and Ito's colours: apart for colour-blind eyes; dashes tell lines apart without colour. */
const colours = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#0072b2', '#d55e00', '#cc79a7', '#8a8a00'];
const dashes = ['6 4', '', '', '8 3', '', '2 3', '', '10 3 2 3'];
/** AUC is drawn by its distance from 1, on a logarithmic scale: all that matters happens above 0.9. */
const worst = 0.5;
const best = 0.002;

/** Learning curves as SVG: median over seeds, with the middle half of them as a band. */
export function drawCurves(title: string, curves: ReadonlyMap<string, Step[][]>): string {
  const labels = [...curves.values()][0]?.[0]?.map((step) => step.labels) ?? [];
  const x = (count: number) =>
    frame.left +
    ((Math.log(count) - Math.log(labels[0] ?? 1)) / Math.log((labels.at(-1) ?? 1) / (labels[0] ?? 1))) *
      (width - frame.left - frame.right);
  const y = (auc: number) => {
    const distance = Math.min(worst, Math.max(best, 1 - auc));
    return (
      frame.top +
      (Math.log(worst / distance) / Math.log(worst / best) - 1) * -(height - frame.top - frame.bottom)
    );
  };
  const line = (points: [number, number][]) =>
    points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  const parts: string[] = [];
  for (const auc of [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998]) {
    const strong = auc === 0.99;
    parts.push(
      `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(auc).toFixed(1)}" y2="${y(auc).toFixed(1)}" stroke="${strong ? '#c00' : '#ddd'}" ${strong ? 'stroke-dasharray="4 3"' : ''}/>`,
    );
    parts.push(`<text x="${frame.left - 8}" y="${(y(auc) + 4).toFixed(1)}" text-anchor="end">${auc}</text>`);
  }
  for (const count of [10, 20, 50, 100, 200, 400]) {
    parts.push(
      `<text x="${x(count).toFixed(1)}" y="${height - frame.bottom + 18}" text-anchor="middle">${count}</text>`,
    );
  }
  [...curves].forEach(([name, runs], index) => {
    const at = (share: number) =>
      labels.map((count, step): [number, number] => {
        const sorted = runs.map((run) => run[step]?.auc ?? 0).sort((a, b) => a - b);
        return [x(count), y(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)];
      });
    const colour = colours[index % colours.length] ?? '#000';
    parts.push(
      `<polygon points="${line([...at(0.25), ...at(0.75).reverse()])}" fill="${colour}" opacity="0.1"/>`,
    );
    parts.push(
      `<polyline points="${line(at(0.5))}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>`,
    );
    const legend = frame.top + 20 * index;
    parts.push(
      `<line x1="${width - frame.right + 14}" x2="${width - frame.right + 44}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>`,
    );
    parts.push(`<text x="${width - frame.right + 50}" y="${legend + 4}">${name}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="20" font-size="14">${title}</text>
${parts.join('\n')}
<text x="${(frame.left + width - frame.right) / 2}" y="${height - 8}" text-anchor="middle">chambers labelled</text>
<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">AUC over layers</text>
</svg>
`;
}
