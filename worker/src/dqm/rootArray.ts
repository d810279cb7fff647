/** More cells than any histogram of ours has, with room; guards against a reply that asks for all our memory. */
const mostCells = 1_000_000;

/**
 * Bytes of one cell and how they are read, by what ROOT calls the type. ROOT writes memory as it lies there, and all machines of
 * the field are little-endian, as JSROOT takes for granted.
 */
const cellTypes: Readonly<
  Record<string, readonly [bytes: number, read: (from: Buffer, at: number) => number]>
> = {
  Bool: [1, (from, at) => from.readUInt8(at)],
  Int8: [1, (from, at) => from.readInt8(at)],
  Uint8: [1, (from, at) => from.readUInt8(at)],
  Int16: [2, (from, at) => from.readInt16LE(at)],
  Uint16: [2, (from, at) => from.readUInt16LE(at)],
  Int32: [4, (from, at) => from.readInt32LE(at)],
  Uint32: [4, (from, at) => from.readUInt32LE(at)],
  Float32: [4, (from, at) => from.readFloatLE(at)],
  Float64: [8, (from, at) => from.readDoubleLE(at)],
  // What is beyond 2^53 is no number of hits, and refused as such.
  Int64: [8, (from, at) => Number(from.readBigInt64LE(at))],
  Uint64: [8, (from, at) => Number(from.readBigUInt64LE(at))],
};

/**
 * An array as ROOT writes it: plain; packed as `{"$arr", "len", "p", "v", "n", "p1", "v1", "n1", ...}`, where runs of values `v`
 * (a list, or one value taken `n` times) are laid from position `p` on; or as `{"$arr", "len", "o", "b"}`, the bytes of
 * the cells in base64 from byte `o` on. All else is 0.
 *
 * Returns undefined when it is none of them: a member that is not known would be cells taken for zeros.
 *
 * Source: `JsonWriteArrayCompress` of ROOT's TBufferJSON; `parse` of JSROOT.
 */
export function rootArray(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || !('$arr' in value)) return undefined;
  const { $arr: type, len: length, ...members } = value as Record<string, unknown>;
  if (!isCount(length)) return undefined;
  return 'b' in members ? ofBytes(type, length, members) : ofRuns(length, members);
}

function ofBytes(type: unknown, length: number, members: Record<string, unknown>): number[] | undefined {
  const { b: text, o: offset = 0, ...unknown } = members;
  const [size, read] = (typeof type === 'string' && cellTypes[type]) || [];
  if (size === undefined || read === undefined || Object.keys(unknown).length > 0) return undefined;
  // Node leaves out what is no base64 and reads on.
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (!isCount(offset) || offset % size !== 0 || bytes.length % size !== 0) return undefined;
  const first = offset / size;
  if (first + bytes.length / size > length) return undefined;
  const cells = Array.from({ length }, () => 0);
  for (let at = 0; at < bytes.length; at += size) cells[first + at / size] = read(bytes, at);
  return cells;
}

function ofRuns(length: number, members: Record<string, unknown>): unknown[] | undefined {
  const cells = Array.from<unknown>({ length }).fill(0);
  let position = 0;
  let left = Object.keys(members).length;
  for (let index = 0; ; index += 1) {
    const suffix = index === 0 ? '' : String(index);
    const names = ['p', 'v', 'n'].map((name) => name + suffix);
    const [at, values, count] = names.map((name) => members[name]);
    if (values === undefined) return left === 0 ? cells : undefined;
    left -= names.filter((name) => name in members).length;
    const start = at ?? position;
    const times = count ?? 1;
    if (!isCount(start) || !isCount(times)) return undefined;
    const run = Array.isArray(values) ? (values as unknown[]) : Array.from({ length: times }, () => values);
    // Parts follow on each other; a small reply whose parts overlap could keep us busy for hours.
    if (start < position || start + run.length > length) return undefined;
    run.forEach((cell, offset) => (cells[start + offset] = cell));
    position = start + run.length;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostCells;
}
