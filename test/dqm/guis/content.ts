import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ChamberId,
  type Matrix,
  formatChamber,
  layersOf,
  mb4Wires,
  noWire,
  superlayerKind,
  superlayerOfLayer,
} from '@dtdqm/contract';

/** Where the DQM of CMS puts the occupancy of a chamber. Written out: this side must not learn it from the client's. */
export const folderOf = ({ wheel, station, sector }: ChamberId) =>
  `DT/01-Digi/Wheel${wheel}/Sector${sector}/Station${station}`;
export const nameOf = (chamber: ChamberId) => `OccupancyAllHits_perCh_${formatChamber(chamber)}`;

const phiWires = { 1: 49, 2: 60, 3: 72 } as const;

/** Wires of a layer, the first and the last: the fourth of each superlayer begins at wire 2. */
function wiresOf({ station, sector }: ChamberId, layer: number): [first: number, last: number] {
  const isTheta = superlayerKind(superlayerOfLayer(layer)) === 'theta';
  const last = isTheta ? 57 : station === 4 ? mb4Wires[sector]! : phiWires[station];
  return [layer % 4 === 0 ? 2 : 1, last];
}

/** Hits per wire of superlayers 2 and 3, of those of superlayer 1, about as in real runs. */
const overFirst = {
  1: [1, 0.79, 0.87],
  2: [1, 1.01, 0.93],
  3: [1, 1.25, 0.94],
  4: [1, 1, 0.97],
} as const;

/** Columns of the histogram: CMSSW books as many as the largest layer has wires, and as far more as its first wire's number. */
const columnsOf = (chamber: ChamberId) =>
  Math.max(...layersOf(chamber.station).map((layer) => wiresOf(chamber, layer)[1])) + 2;

/**
 * Hits of a healthy chamber, of our own making: a level, no two cells quite alike, and the noise of counting.
 *
 * @param times of the usual number of hits.
 */
export function healthy(run: number, chamber: ChamberId, times = 1): Matrix {
  let seed = run * 1000 + chamber.wheel * 197 + chamber.station * 41 + chamber.sector;
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const ofChamber = times * (140 + 30 * Math.abs(chamber.wheel)) * (1 + 0.1 * random());
  const built = layersOf(chamber.station);
  return Array.from({ length: 12 }, (_, y) =>
    Array.from({ length: columnsOf(chamber) }, (_, x) => {
      const [first, last] = wiresOf(chamber, y + 1);
      if (!built.includes(y + 1) || x + 1 < first || x + 1 > last) return noWire;
      const level = ofChamber * overFirst[chamber.station][Math.floor(y / 4)]!;
      // Six even numbers from -1 to 1 make half a normal one, near enough.
      const noise = Array.from({ length: 6 }, () => random() * 2 - 1).reduce((sum, each) => sum + each, 0);
      return Math.max(0, Math.round(level + noise * Math.sqrt(level / 2)));
    }),
  );
}

export interface Gui {
  /** Where it begins; has a path, as behind the front-end of cmsweb. */
  url: string;
  /** Path and query of each request, without where it begins. */
  asked: string[];
  close(): Promise<void>;
}

/** Listens on this machine; `answer` gets what comes after the base path, and sends what it likes. */
export async function listen(
  base: string,
  answer: (address: URL, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Gui> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const below = request.url?.startsWith(base) ? request.url.slice(base.length) : '/outside';
    asked.push(below);
    answer(new URL(below, 'http://gui'), response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
