/** Same text for the same plain data and maps, in whatever order their fields stand. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    const plain = inner instanceof Map ? (Object.fromEntries(inner) as Record<string, unknown>) : inner;
    if (plain === null || typeof plain !== 'object' || Array.isArray(plain)) return plain;
    return Object.fromEntries(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
