import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { PanelProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import type { ChamberId } from '@dtdqm/contract';

/** Size of an element in whole CSS pixels, kept up to date. */
export function useSize<E extends HTMLElement>() {
  const element = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const current = element.current;
    if (!current) return undefined;
    const measure = () => {
      const { width, height } = current.getBoundingClientRect();
      setSize((before) =>
        before.width === Math.floor(width) && before.height === Math.floor(height)
          ? before
          : { width: Math.floor(width), height: Math.floor(height) },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  // As it was made: React 18 and 19 have other types for what is null at first.
  return [element, size] as const;
}

/**
 * Key presses inside the panel, as what `read` makes of them. Listens on the panel's own element and stops what it understands there, so that nothing
 * reaches Grafana's shortcuts, and nothing is caught while the focus is elsewhere.
 *
 * @param dismiss what Escape puts away, and whether there was anything: if not, the key is Grafana's, which leaves its kiosk mode by it.
 */
export function usePanelKeys<Intent>(
  panel: RefObject<HTMLElement | null>,
  isOn: boolean,
  read: (event: KeyboardEvent) => Intent | null,
  act: (intent: Intent) => void,
  dismiss: () => boolean,
): void {
  useEffect(() => {
    const element = panel.current;
    if (!element || !isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const take = () => {
        event.preventDefault();
        event.stopPropagation();
      };
      // What an input method is putting together is the field's, Escape as well.
      if (event.isComposing) return;
      if (event.key === 'Escape') {
        if (dismiss()) take();
        return;
      }
      if (event.defaultPrevented || isTyping(event.target)) return;
      const intent = read(event);
      if (intent === null || operatesControl(event)) return;
      take();
      act(intent);
    };
    element.addEventListener('keydown', onKeyDown);
    return () => element.removeEventListener('keydown', onKeyDown);
  }, [panel, isOn, read, act, dismiss]);
}

/**
 * Keeps the keyboard with the panel when the control that had the focus goes away, for example "Try again" after it has helped:
 * the browser would give it to the page, and the next key would be lost.
 *
 * @param home what gets the focus then; the panel itself unless given.
 */
export function useKeptFocus(panel: RefObject<HTMLElement | null>, home?: () => HTMLElement | null): void {
  const wasInside = useRef(false);
  useEffect(() => {
    const element = panel.current;
    if (!element) return undefined;
    const enter = () => (wasInside.current = true);
    const leave = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && !element.contains(relatedTarget)) wasInside.current = false;
    };
    const pressElsewhere = ({ target }: Event) => {
      if (target instanceof Node && !element.contains(target)) wasInside.current = false;
    };
    element.addEventListener('focusin', enter);
    element.addEventListener('focusout', leave);
    document.addEventListener('pointerdown', pressElsewhere);
    return () => {
      element.removeEventListener('focusin', enter);
      element.removeEventListener('focusout', leave);
      document.removeEventListener('pointerdown', pressElsewhere);
    };
  }, [panel]);
  // After every change of what is shown, because any of them may have taken the focused control away.
  useEffect(() => {
    if (wasInside.current && document.activeElement === document.body) (home?.() ?? panel.current)?.focus();
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'button'].includes(target.type);
  return (
    target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}

/** Enter on a button that was reached by Tab presses it; after a mouse click it keeps its meaning for the panel. */
function operatesControl({ key, target }: KeyboardEvent): boolean {
  return (
    key === 'Enter' &&
    target instanceof HTMLElement &&
    target.matches('button:focus-visible, a:focus-visible')
  );
}

/**
 * Shows a chamber: at the address that the panel's options name, or by setting the dashboard's variables.
 *
 * @param link with `${run}`, `${wheel}`, `${station}`, `${sector}`; empty for the variables.
 * @param run null when none is meant.
 */
export function openChamber(
  { wheel, station, sector }: ChamberId,
  run: number | null,
  link: string,
  replaceVariables: PanelProps['replaceVariables'],
): void {
  if (link) {
    const place = { run: run ?? '', wheel, station, sector };
    const scoped = Object.entries(place).map(([name, value]) => [name, { text: String(value), value }]);
    locationService.push(replaceVariables(link, Object.fromEntries(scoped)));
    return;
  }
  locationService.partial({ 'var-wheel': wheel, 'var-station': station, 'var-sector': sector });
}

/** Values and their labels, as radio buttons and selects of Grafana take them. */
export function optionsOf<Value extends string>(labels: Readonly<Record<Value, string>>) {
  return (Object.keys(labels) as Value[]).map((value) => ({ value, label: labels[value] }));
}
