import { useCallback, useMemo, useState } from 'react';

/** Options with what a viewer changed on top; that holds until the dashboard's own options change. */
export function useChanges<Options extends object>(
  options: Options,
): [Options, (more: Partial<Options>) => void] {
  const [made, setMade] = useState<{ of: Options; changes: Partial<Options> }>({ of: options, changes: {} });
  const inForce = useMemo(
    () => (made.of === options ? { ...options, ...made.changes } : options),
    [options, made],
  );
  const change = useCallback(
    (more: Partial<Options>) =>
      setMade((before) => ({
        of: options,
        changes: before.of === options ? { ...before.changes, ...more } : more,
      })),
    [options],
  );
  return [inForce, change];
}
