import { chamberLabel, type ChamberData, type ChamberId } from '@dtdqm/contract';
import { heatmapSvg } from './heatmapSvg.ts';
import { html } from './html.ts';
import { page } from './layout.ts';

export interface Attribution {
  method: string;
  /** As the matrix: absolute attribution per wire, -1 where there is no wire. */
  saliency: number[][];
}

/** From hits to attributions, one drawing a step. */
export function saliencyPage(
  chamber: ChamberId,
  { params: { run, wheel, sector, station }, matrix, model }: ChamberData,
  attributions: readonly Attribution[],
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
      ${attributions.map(
        ({ method, saliency }) =>
          html`<h2>Attribution by ${method}</h2>
            ${heatmapSvg(saliency, { label: `Attribution by ${method}`, unit: 'attribution, absolute', notes: [] })}`,
      )}`,
  );
}
