import {
  chamberLabel,
  layersOf,
  noScore,
  noWire,
  type ChamberData,
  type ChamberId,
  type Fault,
} from '@dtdqm/contract';
import { heatmapSvg } from './heatmapSvg.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';

/** One chamber for people: hits with the verdict of every layer, why the model says so, and what the label says. */
export function chamberPage(chamber: ChamberId, data: ChamberData): string {
  const { run, wheel, sector, station } = data.params;
  const bad = layersOf(chamber.station).filter((layer) => data.verdicts?.[layer - 1] === 'bad');
  const saliency = data.saliency.map((row) =>
    row.map((value) => (value === noWire ? noWire : Math.abs(value))),
  );
  return page(
    `Run ${run} · ${chamberLabel(chamber)}`,
    html`<p>
        ${verdictLine(bad)}
        <span class="quiet">Model ${data.model ?? 'unknown'}.</span> ${labelLine(data.evaluation)}
      </p>
      <h2>Hits per wire</h2>
      ${heatmapSvg(data.matrix, { label: `Hits per wire and layer of ${chamberLabel(chamber)} in run ${run}`, unit: 'hits', notes: layerNotes(data) })}
      ${
        data.faults !== undefined &&
        data.faults.length > 0 &&
        html`<h2>Faults found</h2>
          <ul>
            ${data.faults.map(faultLine)}
          </ul>`
      }
      <h2>Why: share of each wire in the score</h2>
      ${heatmapSvg(saliency, { label: 'Attribution of the score to wires', unit: 'attribution, absolute', notes: [] })}
      <p class="quiet">
        <a href="/eval/${run}/">All chambers of run ${run}</a> ·
        <a href="/data/${run}/${wheel}/${sector}/${station}/">these numbers as JSON</a>
      </p>`,
  );
}

function verdictLine(bad: readonly number[]): Html {
  if (bad.length === 0) return html`<span class="good">✓ No bad layer.</span>`;
  return html`<span class="bad">✕ ${bad.length === 1 ? 'Layer' : 'Layers'} ${bad.join(', ')} bad.</span>`;
}

function labelLine(evaluation: ChamberData['evaluation']): Html {
  const flags = evaluation?.bad_layers;
  if (flags === undefined) {
    return html`<span class="quiet"
      >${evaluation?.skipped === true ? 'Skipped.' : 'Not labelled yet.'}</span
    >`;
  }
  const bad = flags.flatMap((flag, index) => (flag === 1 ? [index + 1] : []));
  return html`<span>Labelled: ${bad.length === 0 ? 'no bad layer' : `bad ${bad.join(', ')}`}.</span>`;
}

/** Colour never speaks alone: a glyph and the word stand beside it. */
function layerNotes({ scores, verdicts }: ChamberData): Html[] {
  return scores.map((score, index) => {
    if (score === noScore) return html`<tspan class="note">no such layer</tspan>`;
    const verdict = verdicts?.[index];
    const text = `P(bad) ${score.toFixed(3)}`;
    if (verdict === 'bad') return html`<tspan class="bad">✕ ${text} bad</tspan>`;
    if (verdict === 'unknown') return html`<tspan class="unknown">? ${text} unknown</tspan>`;
    return html`<tspan class="note">✓ ${text}</tspan>`;
  });
}

function faultLine({ kind, layers, wires, ratio, confidence, note }: Fault): Html {
  const where = wires === null ? '' : `, wires ${wires.first} to ${wires.last}`;
  const rate = ratio === undefined ? '' : `, ${Math.round(ratio * 100)} % of the hits expected`;
  return html`<li>
    ${kind.replaceAll('-', ' ')}: layers ${layers.join(', ')}${where}${rate}
    <span class="quiet"
      >(confidence ${Math.round(confidence * 100)} %${note !== undefined && `; ${note}`})</span
    >
  </li>`;
}
