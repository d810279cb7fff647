import { layersOf, superlayerKind, superlayerOfLayer, type Fault } from '@dtdqm/contract';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { Judgement } from '../preprocessing/preprocessing.ts';

/** Layers of a kind differ by one wire; from so many fewer on it is a board that is missing, not an edge. */
const boardWires = 4;

/**
 * Layers that the histogram shows without wires, or with fewer than they have, are not known to be good, whatever the rest of their wires
 * says. CMSSW writes -1 for each channel that its read-out map does not hold: a gap in the map hides what lies in it.
 *
 * How many wires a layer has, its siblings, the other phi superlayer and good runs before tell.
 *
 * Source: `DTDigiTask::channelsMap` of CMSSW, DQM/DTMonitorModule/src/DTDigiTask.cc.
 *
 * @returns what was judged, with `unknown` for such layers where that said nothing or good.
 */
export function doubtMissingWires(chamber: ChamberWires, judged: Judgement): Judgement {
  const missing = missingWires(chamber).filter(({ layer }) => judged.verdicts[layer - 1] !== 'bad');
  if (missing.length === 0) return judged;
  const layers = missing.map(({ layer }) => layer);
  const verdicts = judged.verdicts.map((verdict, row) => (layers.includes(row + 1) ? 'unknown' : verdict));
  const fault: Fault = {
    kind: 'low-statistics',
    layers,
    wires: null,
    confidence: 1,
    note: inWords(missing, layersOf(chamber.chamber.station).length),
  };
  return { ...judged, verdicts, faults: [fault, ...judged.faults.filter((each) => each.layers.length > 0)] };
}

interface Missing {
  layer: number;
  wires: number;
  /** That it should have; as many as there are where nothing tells. */
  of: number;
}

function missingWires({ chamber, layers, wiresBefore }: ChamberWires): Missing[] {
  const kindOf = (layer: number) => superlayerKind(superlayerOfLayer(layer));
  const built = layersOf(chamber.station).map((layer) => {
    const wires = layers[layer - 1]?.length ?? 0;
    return { layer, wires, most: Math.max(wires, wiresBefore?.[layer - 1] ?? 0) };
  });
  return built.flatMap(({ layer, wires }) => {
    const alike = built.filter((other) => kindOf(other.layer) === kindOf(layer));
    const of = Math.max(...alike.map(({ most }) => most));
    return wires === 0 || of - wires >= boardWires ? { layer, wires, of } : [];
  });
}

function inWords(missing: readonly Missing[], built: number): string {
  const none = missing.filter(({ wires }) => wires === 0);
  if (none.length === built) return 'the histogram shows no wire of the chamber';
  const worst = missing.reduce((most, each) => (each.of - each.wires > most.of - most.wires ? each : most));
  return `the histogram shows ${worst.wires} of ${worst.of} wires of layer ${worst.layer}${
    missing.length > 1 ? `, and too few of ${missing.length - 1} more` : ''
  }: what the rest counts is not known`;
}
