export interface BarrelOptions {
  layout: 'wheels' | 'grid' | 'both';
  /** Name of the numeric column that colours the chambers; empty for the first one. */
  colourBy: string;
  /** At and above this value a chamber counts as bad. */
  alarm: number;
  /** `alarm`: grey until something is abnormal. `scale`: every chamber in the colour of its value. */
  colouring: 'alarm' | 'scale';
  /** Address opened by a click, with ${run}, ${wheel}, ${station}, ${sector}; empty: the click sets the variables. */
  link: string;
}

export const defaultOptions: BarrelOptions = {
  layout: 'both',
  colourBy: '',
  alarm: 1,
  colouring: 'alarm',
  link: '',
};
