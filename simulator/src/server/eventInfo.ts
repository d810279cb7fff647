import { lumisectionSeconds as usualSeconds } from '../detector/sequence.ts';
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
export function eventInfo({
  run,
  lumisections,
  startedAt,
  lumisectionSeconds = usualSeconds,
}: SourceRun): Scalar[] {
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

/** A folder: its subfolders with how much lies in each, and its plots. */
interface Folder {
  subfolders: ReadonlyMap<string, number>;
  plots: readonly string[];
}

/** @param paths of all that there is, below the dataset. */
export function folderOf(paths: readonly string[], folder: string): Folder {
  const prefix = folder === '' ? '' : `${folder}/`;
  const subfolders = new Map<string, number>();
  const plots: string[] = [];
  for (const path of paths.filter((each) => each.startsWith(prefix))) {
    const [name = '', ...deeper] = path.slice(prefix.length).split('/');
    if (deeper.length === 0) plots.push(name);
    else subfolders.set(name, (subfolders.get(name) ?? 0) + 1);
  }
  return { subfolders, plots };
}

/**
 * Body of `/data/json/archive/{run}/{dataset}/{folder}`, where the classic server tells numbers: as a histogram they are an "unsupported
 * type".
 *
 * Source: `objectToJSON` and `list` of rovere/dqmgui, src/cpp/DQM/serverext.cc.
 */
export function classicFolder(
  folder: string,
  { subfolders, plots }: Folder,
  scalars: readonly Scalar[],
): string {
  const report = { alarm: 0, error: 0, warn: 0, other: 0 };
  const objects = plots.map((name) => {
    const scalar = scalars.find((each) => each.name === name);
    const kind = scalar ? { kind: 'SCALAR', type: scalar.type } : { kind: 'ROOT', type: 'TH2F' };
    return {
      obj: name,
      path: folder,
      properties: { ...kind, lumisect: '0', report, hasref: 0, isEff: 0, tagged: 0 },
      ...{ tag: 0, qresults: [], nentries: 0 },
      ...(scalar && { value: scalar.value }),
    };
  });
  return JSON.stringify({ contents: [...[...subfolders.keys()].map((subdir) => ({ subdir })), ...objects] });
}

/** Body of `/api/v1/archive/{run}/{dataset}/{folder}`. Source: `archive_v1` of cms-DQM/dqmgui, python/app.py. */
export function newFolder(folder: string, { subfolders, plots }: Folder): string {
  const folders = [...subfolders].map(([subdir, me_count]) => ({ subdir, me_count }));
  const path = folder === '' ? '' : `${folder}/`;
  const objects = plots.map((name) => ({ name, path: path + name, layout: null, qtstatuses: [] }));
  return JSON.stringify({ data: [...folders, ...objects] });
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
