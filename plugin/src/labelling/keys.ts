import { layerNumbers } from '@dtdqm/contract';

export type Intent =
  | { type: 'toggle' | 'doubt'; layer: number }
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
        | 'help';
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

const layerKeys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'q', 'w'];

/** The key that stands for a layer: its digit, `0` for 10, `q` and `w` for 11 and 12. */
export function keyOfLayer(layer: number): string {
  return layerKeys[layer - 1] ?? '';
}

const binding = (key: string, intent: Intent, label: string, group: KeyBinding['group']): KeyBinding => {
  const shown = key === 'Enter' ? '⏎' : key;
  return { key, shift: false, shown, intent, label, group };
};

/** The one list from which the keyboard, the buttons and the `?` overlay are made. */
export const keyBindings: readonly KeyBinding[] = [
  ...layerNumbers.flatMap((layer): KeyBinding[] => {
    const key = keyOfLayer(layer);
    const doubt = binding(key, { type: 'doubt', layer }, `Layer ${layer} not sure`, 'Layers');
    return [
      binding(key, { type: 'toggle', layer }, `Layer ${layer} bad or good`, 'Layers'),
      { ...doubt, shift: true, shown: `⇧${key}` },
    ];
  }),
  binding('a', { type: 'all-good' }, 'All good', 'Chamber'),
  binding('b', { type: 'all-bad' }, 'All bad', 'Chamber'),
  binding('m', { type: 'accept' }, 'As the model says', 'Chamber'),
  binding('Enter', { type: 'save' }, 'Save and next', 'Chamber'),
  binding('s', { type: 'skip' }, 'Skip', 'Chamber'),
  binding('u', { type: 'undo' }, 'Undo', 'Chamber'),
  binding('n', { type: 'note' }, 'Note', 'Chamber'),
  binding('f', { type: 'fault' }, 'Fault kind', 'Chamber'),
  binding('v', { type: 'saliency' }, 'Saliency', 'View'),
  binding('r', { type: 'reveal' }, 'Reveal scores and labels', 'View'),
  binding('?', { type: 'help' }, 'Keys', 'View'),
];

/** The binding of an action that is not about one layer. */
export function bindingOf(act: Exclude<Intent['type'], 'toggle' | 'doubt'>): KeyBinding {
  const found = keyBindings.find(({ intent }) => intent.type === act);
  if (!found) throw new RangeError(`no key is bound to "${act}"`);
  return found;
}

export interface Press {
  key: string;
  /** Physical key, so that Shift with a digit is known on every keyboard layout. */
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key press means, or null when it is not ours. Presses with Ctrl, Alt or Meta belong to browser and Grafana. */
export function intentOf(press: Press): Intent | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1];
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const character = keyBindings.find((candidate) => candidate.key === key && !candidate.shift);
  if (press.shiftKey && (digit ?? /^[a-z]$/.test(key))) {
    const shifted = digit ?? key;
    return keyBindings.find((candidate) => candidate.shift && candidate.key === shifted)?.intent ?? null;
  }
  if (character) return character.intent;
  return keyBindings.find((candidate) => !candidate.shift && candidate.key === digit)?.intent ?? null;
}
