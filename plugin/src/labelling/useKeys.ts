import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import { createKeys, type Keys } from './keys.ts';

const storageKey = 'dtdqm-keys';

export interface OwnKeys extends Keys {
  /** As one wrote it; empty for the usual keys. */
  own: string;
  /** Takes other bindings from now on. @returns what is wrong with them: then nothing changes. */
  choose: (own: string) => readonly string[];
}

const usualKeys: OwnKeys = { ...createKeys(''), own: '', choose: () => [] };

/** One's own keys, kept in this browser: a keyboard belongs to a person, not to a dashboard. */
export function useOwnKeys(): OwnKeys {
  const [own, setOwn] = useState(() => stored(() => window.localStorage.getItem(storageKey)) ?? '');
  const keys = useMemo(() => createKeys(own), [own]);
  const choose = useCallback((next: string) => {
    const { faults } = createKeys(next);
    if (faults.length > 0) return faults;
    stored(() => window.localStorage.setItem(storageKey, next));
    setOwn(next);
    return [];
  }, []);
  return useMemo(() => ({ ...keys, own, choose }), [keys, own, choose]);
}

/** Browsers may keep nothing; then the keys hold until the page is left. */
function stored<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}

export const KeysContext = createContext<OwnKeys>(usualKeys);
export const useKeys = () => useContext(KeysContext);
