/**
 * Whole numbers are accepted as their digits too, because that is how they stand in addresses. Saying so of every number
 * would bury the document, so it calls them integers.
 */
export function plainNumbers<T>(node: T): T {
  if (Array.isArray(node)) return node.map((each: unknown) => plainNumbers(each)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const fields = Object.entries(node).map(([name, value]): [string, unknown] => [name, plainNumbers(value)]);
  const { anyOf, ...rest } = Object.fromEntries(fields);
  if (anyOf === undefined) return Object.fromEntries(fields) as T;
  return (isNumberOrDigits(anyOf) ? { type: 'integer', ...rest } : { anyOf, ...rest }) as T;
}

function isNumberOrDigits(anyOf: unknown): boolean {
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return false;
  const [number, digits] = anyOf as { type?: string; pattern?: string }[];
  return (
    number?.type === 'integer' && digits?.type === 'string' && digits.pattern?.startsWith('^-?\\d') === true
  );
}
