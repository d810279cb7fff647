export const incidentsOfLabels = { all: 'All chambers', shown: 'Chamber shown' } as const;

/** Options of the panel, as dashboards store them. */
export interface IncidentsOptions {
  /** `shown`: only those of the chamber that the dashboard shows ($wheel, $station, $sector). */
  of: keyof typeof incidentsOfLabels;
  /** Also what has healed in the last 24 hours. */
  showHealed: boolean;
  /** Address of a chamber, with ${run}, ${wheel}, ${station}, ${sector}; empty: opening one sets the variables. */
  link: string;
}

export const defaultOptions: IncidentsOptions = { of: 'all', showHealed: true, link: '' };
