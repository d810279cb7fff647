import { lumisectionSeconds } from '../detector/sequence.ts';
import type { SourceRun } from '../sources/replay.ts';

/** Folder in which CMSSW's `DQMEventInfo` says of a run what it is. */
export const eventInfoFolder = 'DT/EventInfo';

/** A monitor element that is one number. */
interface Scalar {
  name: string;
  type: 'INT' | 'REAL';
  value: string;
}

/**
 * What the DQM says of a run beside histograms; nothing where it is not known when it began, as of recorded chambers. Times are UTC
 * seconds with a fraction.
 *
 * Source: `bookHistograms` and `analyze` of CMSSW's DQMServices/Components/plugins/DQMEventInfo.cc.
 */
export function eventInfo({ run, lumisections, startedAt }: SourceRun): Scalar[] {
  if (startedAt === undefined) return [];
  const real = (name: string, milliseconds: number): Scalar => ({
    name,
    type: 'REAL',
    value: (milliseconds / 1000).toPrecision(17),
  });
  return [
    { name: 'iRun', type: 'INT', value: String(run) },
    { name: 'iLumiSection', type: 'INT', value: String(lumisections) },
    real('runStartTimeStamp', startedAt),
    real('eventTimeStamp', startedAt + lumisections * lumisectionSeconds * 1000),
  ];
}

/**
 * Body of `/data/json/archive/{run}/{dataset}/{folder}`, where the classic server tells numbers: as a histogram they are an "unsupported
 * type".
 *
 * Source: `objectToJSON` and `list` of rovere/dqmgui, src/cpp/DQM/serverext.cc.
 */
export function classicFolder(scalars: readonly Scalar[]): string {
  const report = { alarm: 0, error: 0, warn: 0, other: 0 };
  const contents = scalars.map(({ name, type, value }) => ({
    obj: name,
    path: eventInfoFolder,
    properties: { kind: 'SCALAR', type, lumisect: '0', report, hasref: 0, isEff: 0, tagged: 0 },
    ...{ tag: 0, qresults: [], nentries: 0 },
    value,
  }));
  return JSON.stringify({ contents });
}

/**
 * Body of `/api/v1/json/{run}/{dataset}/{path}` of a number: ROOT's JSON of a text.
 *
 * Source: `get_rendered_json` of cms-DQM/dqmgui, python/service.py, and `doRenderJson` of its src/render.cc.
 */
export function rootScalar({ value }: Scalar): string {
  return JSON.stringify({
    ...{ _typename: 'TObjString', fUniqueID: 0, fBits: 0, fString: value },
    dqmProperties: { efficiency: false },
  });
}
