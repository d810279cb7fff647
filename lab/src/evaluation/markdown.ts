import type { Estimate } from './bootstrap.ts';

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `0.943 (0.931-0.952)`; a dash where there is nothing. */
export function interval({ value, low, high }: Estimate, digits = 3): string {
  if (!Number.isFinite(value)) return '-';
  return `${value.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

export function share(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}
