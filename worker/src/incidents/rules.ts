/**
 * Every number that decides when an incident opens, heals, grows or is the same as before, in one place. docs/incidents.md
 * tells them in words; bench/incidents measures what they do.
 */
export const rules = {
  /** A fault is opened once it shows in so many of the newest `openWindow` runs that could show it: one noisy run opens nothing. */
  openSightings: 2,
  openWindow: 3,
  /** A candidate that is missed so many times in a row is forgotten. */
  forgetAfter: 2,
  /** An open fault is healed after so many runs in a row that could have shown it and did not. */
  healAfter: 3,
  /** The same for one that has come and gone: its pauses say little. */
  healFlickeringAfter: 6,
  /** So many pauses among the newest `memory` runs are flickering. */
  flickerGaps: 2,
  memory: 12,
  /** What comes back within so many runs after it healed is the same incident. */
  reopenWithin: 10,

  /** A finding may be a known fault when they share so much of the smaller of both ... */
  sameOverlap: 0.3,
  /** ... and neither has so many times the other's wires: a dead chamber is not a dead cell that has grown. */
  sameSize: 4.5,
  /** So many bad layers of a superlayer's four have one cause. */
  superlayerLayers: 3,
  /** And so have layers of a superlayer whose bad wires share so much of the wider of both. */
  stackedShare: 0.6,
  /** A fault that lies so far inside a greater one can be neither seen nor missed. */
  coveredShare: 0.5,
  /** Covered for so many runs by a fault of like size, it has become part of that. */
  absorbAfter: 5,

  /** The median of the newest three losses against that when it was opened or last changed. */
  growFactor: 1.5,
  /** Wires lost; below, the factor is noise. */
  growLeast: 4,
  /** For so many runs an incident is said to be new, grown or shrunk. */
  tellRuns: 3,
} as const;

/** Layers of which more than this share of a fault's wires cannot be judged in a run say nothing of it. */
export const blindShare = 0.5;
