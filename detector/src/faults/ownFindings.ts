import type { Fault } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { zeros } from '../prepare/arrayPool.ts';
import { excessOf, sharedExcess } from './excess.ts';
import { healthyHits } from './healthyBaseline.ts';
import { type Group, isOneSided, lackingGroups, type LackingLayer } from './lackingWires.ts';
import { mappingFaults } from './mapping.ts';
import { toleratedDead } from './scatteredDead.ts';
import { singleCellFaults } from './singleCells.ts';
import { unevenness } from './uneven.ts';

/** What the wires of a chamber tell, whatever a network says of them. */
interface OwnFindings {
  /** Layers whose wires may be mixed up. */
  readonly mapping: readonly Fault[];
  /** What layers of a superlayer count too much together. */
  readonly shared: readonly Fault[];
  /** @param row 0..11, of a layer that exists. */
  ofLayer(row: number): LayerFindings;
  /** Where layers that are called bad lack hits, if these are: see {@link lackingGroups}. */
  lackingIn(bad: readonly LackingLayer[]): readonly Group[];
}

/** Each is looked for when it is first asked for. */
interface LayerFindings {
  readonly hits: Float64Array;
  /** Hits of the whole layer were it healthy, and of each wire. */
  readonly expectedHits: number;
  readonly perWire: number;
  /** It counts too much, as a whole or somewhere. */
  excess(): Fault | undefined;
  /** Dead wires here and there, or uneven counts. */
  scattered(): Fault | undefined;
  singleCells(): readonly Fault[];
}

const known = new WeakMap<ChamberView, OwnFindings>();

/**
 * Found once a chamber: a retraining judges the same chambers by two models and their siblings, and for each of these at some ten limits. Looked
 * for anew each time, these findings took two thirds of that.
 */
export function ownFindings(view: ChamberView): OwnFindings {
  let findings = known.get(view);
  if (findings === undefined) {
    const layers: (LayerFindings | undefined)[] = [];
    const lacking = new Map<string, readonly Group[]>();
    findings = {
      mapping: mappingFaults(view).filter(({ layers: [layer], wires }) => {
        const row = layer! - 1;
        return wires === null || !isOneSided(view, { row, hits: hitsOf(view, row) });
      }),
      shared: sharedExcess(view),
      ofLayer: (row) => (layers[row] ??= layerFindings(view, row)),
      lackingIn(bad) {
        const rows = bad.map(({ row }) => row).join();
        const groups = lacking.get(rows) ?? lackingGroups(view, bad);
        lacking.set(rows, groups);
        return groups;
      },
    };
    known.set(view, findings);
  }
  return findings;
}

function layerFindings(view: ChamberView, row: number): LayerFindings {
  const hits = hitsOf(view, row);
  const expected = healthyHits(view, row, zeros(hits.length));
  const expectedHits = sum(expected);
  return {
    hits,
    expectedHits,
    perWire: expectedHits / expected.length,
    excess: once(() => excessOf(view, row, hits, expected)),
    scattered: once(() => toleratedDead(view, row, hits, expected) ?? unevenness(view, row, hits, expected)),
    singleCells: once(() => singleCellFaults(row, view.columns[row]!, hits, expected, view.dispersion)),
  };
}

function hitsOf(view: ChamberView, row: number): Float64Array {
  return view.superlayers[row >> 2]!.layers[row & 3]!;
}

function once<Found>(find: () => Found): () => Found {
  let found: { readonly is: Found } | undefined;
  return () => (found ??= { is: find() }).is;
}
