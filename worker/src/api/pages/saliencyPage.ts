import { chamberLabel, type ChamberData, type ChamberId } from '@dtdqm/contract';
import { heatmapSvg } from './heatmapSvg.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';

export interface Attribution {
  method: string;
  /** As the matrix: absolute attribution per wire, -1 where there is no wire. */
  saliency: number[][];
}

/** From hits to attributions; between them every step of scoring, where the model could be asked. */
export function saliencyPage(
  chamber: ChamberId,
  { params: { run, wheel, sector, station }, matrix, model }: ChamberData,
  { method, saliency }: Attribution,
  steps: Html | undefined,
): string {
  const name = chamberLabel(chamber);
  return page(
    `Why · run ${run} · ${name}`,
    html`<p>
        <a href="/eval/${run}/${wheel}/${sector}/${station}/">To the chamber</a>
        <span class="quiet">Model ${model}.</span>
      </p>
      <h2>Hits per wire</h2>
      ${heatmapSvg(matrix, { label: `Hits per wire and layer of ${name} in run ${run}`, unit: 'hits', notes: [] })}
      <h2>Attribution by ${method}, as stored</h2>
      ${heatmapSvg(saliency, { label: `Attribution by ${method}`, unit: 'attribution, absolute', notes: [] })}
      <h2>Step by step</h2>
      ${steps ?? html`<p class="quiet">${model} does not run beside this API, so its steps cannot be shown.</p>`}`,
  );
}
