export const layouts = { wheels: 'Wheels', grid: 'Unrolled', both: 'Both' } as const;

/** Options of the panel, as dashboards store them. */
export interface BarrelOptions {
  layout: keyof typeof layouts;
  /** Name of a numeric column that tints the good chambers; empty for none. It changes nothing else. */
  tintBy: string;
  /** False where the headline stands elsewhere on the page. */
  showHeadline: boolean;
  /** Address opened by a click, with ${run}, ${wheel}, ${station}, ${sector}; empty: the click sets the variables. */
  link: string;
}

export const defaultOptions: BarrelOptions = { layout: 'both', tintBy: '', showHeadline: true, link: '' };
