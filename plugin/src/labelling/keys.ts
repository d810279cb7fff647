import { faultKinds, layerNumbers, type FaultKind } from '@dtdqm/contract';
import { type Press, digitOf, isAltGr, keyOf } from '../components/press.ts';
import { createContext, useCallback, useContext, useMemo, useState } from 'react';

export type { Press };

export type Intent =
  | { type: 'toggle' | 'doubt'; layer: number }
  | { type: 'fault-kind'; kind: FaultKind | null }
  | {
      type:
        | 'all-good'
        | 'all-bad'
        | 'accept'
        | 'save'
        | 'skip'
        | 'undo'
        | 'note'
        | 'fault'
        | 'saliency'
        | 'reveal'
        | 'help'
        /** A key of ours that is held down: it was taken once, and is nobody else's. */
        | 'held';
    };

export interface KeyBinding {
  /** `KeyboardEvent.key` as it is pressed, without Shift unless it is part of the character. */
  key: string;
  shift: boolean;
  /** As written on buttons and in the list of keys. */
  shown: string;
  intent: Intent;
  /** What it does, for the button's tooltip and the list of keys. */
  label: string;
  group: 'Layers' | 'Chamber' | 'View';
}

/** Actions that a key may be chosen for, by the names that people write in their own bindings. */
const usual: readonly {
  action: string;
  key: string;
  intent: Intent;
  label: string;
  group: KeyBinding['group'];
}[] = [
  ...layerNumbers.map((layer) => ({
    action: `layer-${layer}`,
    // 0 for 10; q and w for 11 and 12.
    key: '1234567890qw'[layer - 1]!,
    intent: { type: 'toggle', layer } as const,
    label: `Layer ${layer} bad or good`,
    group: 'Layers' as const,
  })),
  ...(
    [
      ['all-good', 'a', 'All good', 'Chamber'],
      ['all-bad', 'b', 'All bad', 'Chamber'],
      ['accept', 'm', 'As the model says', 'Chamber'],
      ['save', 'Enter', 'Save and next', 'Chamber'],
      ['skip', 's', 'Skip', 'Chamber'],
      ['undo', 'u', 'Undo', 'Chamber'],
      ['note', 'n', 'Note', 'Chamber'],
      ['fault', 'f', 'Fault kind', 'Chamber'],
      ['saliency', 'v', 'Saliency', 'View'],
      ['reveal', 'r', 'Reveal scores and labels', 'View'],
      ['help', '?', 'Keys', 'View'],
    ] as const
  ).map(([action, key, label, group]) => ({ action, key, intent: { type: action }, label, group })),
];

/** Keys that are no characters and may be chosen; Esc closes, arrows and space walk the cells, Tab leaves. */
const namedKeys = ['Enter', 'Backspace', 'Delete', 'Insert', 'Home', 'End', 'PageUp', 'PageDown'];

/** The keyboard as it is set: the one list from which the keys, the buttons and the `?` overlay are made. */
export interface Keys {
  bindings: readonly KeyBinding[];
  /** What is wrong with one's own bindings, in words; then all keys are the usual ones. */
  faults: readonly string[];
  /** What a key press means, or null when it is not ours. Presses with Ctrl, Alt or Meta belong to browser and Grafana. */
  intentOf: (press: Press) => Intent | null;
  /** The binding of an action that is not about one layer. */
  bindingOf: (act: Exclude<Intent['type'], 'toggle' | 'doubt' | 'fault-kind' | 'held'>) => KeyBinding;
  keyOfLayer: (layer: number) => string;
}

/**
 * @param own one's own bindings, JSON such as `{"skip": "x", "layer-11": "-"}`; empty for the usual ones. What it does not name stays.
 */
export function createKeys(own: string): Keys {
  const { chosen, faults } = readOwn(own);
  const bindings = usual.flatMap(({ action, key: usualKey, ...binding }): KeyBinding[] => {
    const key = faults.length === 0 ? (chosen[action] ?? usualKey) : usualKey;
    const plain = { ...binding, key, shift: false, shown: key === 'Enter' ? '⏎' : key };
    if (binding.intent.type !== 'toggle') return [plain];
    const { layer } = binding.intent;
    const doubt = {
      intent: { type: 'doubt', layer },
      label: `Layer ${layer} not sure`,
      shift: true,
    } as const;
    return [plain, { ...plain, ...doubt, shown: `⇧${key}` }];
  });
  const find = (isIt: (binding: KeyBinding) => boolean, what: string) => {
    const found = bindings.find(isIt);
    if (!found) throw new RangeError(`no key is bound to ${what}`);
    return found;
  };
  return {
    bindings,
    faults,
    intentOf(press) {
      // What is being put together out of several keys belongs to whoever reads the text.
      if (press.isComposing === true) return null;
      const intent = isAltGr(press)
        ? writtenBy(press, bindings)
        : press.ctrlKey || press.metaKey || press.altKey
          ? null
          : meaningOf(press, bindings);
      return intent && press.repeat ? { type: 'held' } : intent;
    },
    bindingOf: (act) => find(({ intent }) => intent.type === act, `"${act}"`),
    keyOfLayer: (layer) =>
      find(({ intent }) => intent.type === 'toggle' && intent.layer === layer, `layer ${layer}`).key,
  };
}

/** Kinds of fault, none first, each with its key while their list is open. */
export const faultChoices: readonly { kind: FaultKind | null; key: string }[] = [null, ...faultKinds].map(
  (kind, index) => ({ kind, key: '0123456789qwertyuiop'[index]! }),
);

/** What a key press means while the list of kinds is open: one of them, or to close the list. The other keys of ours wait, as what they act on is covered. */
export function intentAmongKinds(press: Press, { intentOf }: Keys): Intent | null {
  const usual = intentOf(press);
  if (press.ctrlKey || press.metaKey || press.altKey || usual?.type === 'held') return usual;
  const typed = [keyOf(press), digitOf(press)];
  const choice = faultChoices.find(({ key }) => typed.includes(key));
  if (choice && !press.repeat) return { type: 'fault-kind', kind: choice.kind };
  return usual && usual.type !== 'fault' ? { type: 'held' } : usual;
}

/** Every fault at once, each with the name that it concerns. */
function readOwn(own: string): { chosen: Record<string, string>; faults: string[] } {
  if (own.trim() === '') return { chosen: {}, faults: [] };
  let read: unknown;
  try {
    read = JSON.parse(own);
  } catch {
    return { chosen: {}, faults: ['Own keys must be JSON such as {"skip": "x"}.'] };
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    return { chosen: {}, faults: ['Own keys must be an object such as {"skip": "x"}.'] };
  const entries = Object.entries(read as Record<string, unknown>);
  const chosen = Object.fromEntries(
    entries.map(([action, key]) => [
      action,
      typeof key === 'string' && key.length === 1 ? key.toLowerCase() : key,
    ]),
  ) as Record<string, string>;
  const faults = entries.flatMap(([action]) => faultOf(action, chosen[action]));
  const taken = new Map<string, string>();
  for (const { action, key: usualKey } of usual) {
    const key = chosen[action] ?? usualKey;
    const other = taken.get(key);
    if (other !== undefined) faults.push(`"${other}" and "${action}" cannot both be on the key ${key}.`);
    taken.set(key, action);
  }
  return { chosen, faults };
}

function faultOf(action: string, key: unknown): string[] {
  if (!usual.some((known) => known.action === action))
    return [`"${action}" is no action: they are ${usual.map((known) => known.action).join(', ')}.`];
  if (typeof key !== 'string' || !(namedKeys.includes(key) || /^[!-~]$/.test(key)))
    return [`"${action}": must be one character of an English keyboard, or ${namedKeys.join(', ')}.`];
  // Shift with it says "not sure", and of a sign nobody knows what Shift makes of it.
  if (action.startsWith('layer-') && !/^[a-z0-9]$/.test(key))
    return [`"${action}": must be a letter or a digit, since Shift with it says "not sure".`];
  return [];
}

function meaningOf(press: Press, bindings: readonly KeyBinding[]): Intent | null {
  const digit = digitOf(press);
  const key = keyOf(press);
  if (press.shiftKey && (digit ?? /^[a-z]$/.test(key))) {
    const shifted = digit ?? key;
    return bindings.find((candidate) => candidate.shift && candidate.key === shifted)?.intent ?? null;
  }
  const plain = (wanted: string | undefined) =>
    bindings.find((candidate) => !candidate.shift && candidate.key === wanted)?.intent;
  return plain(key) ?? plain(digit) ?? null;
}

/**
 * With AltGr a key writes a third sign: µ, and not the letter that it stands on. A sign that somebody chose is
 * theirs however it is written.
 */
function writtenBy({ key }: Press, bindings: readonly KeyBinding[]): Intent | null {
  if (!/^[!-~]$/.test(key) || /[a-z0-9]/i.test(key)) return null;
  return bindings.find((candidate) => !candidate.shift && candidate.key === key)?.intent ?? null;
}

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
