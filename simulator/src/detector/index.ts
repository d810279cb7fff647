export { isChimney, wiresInLayer, wiresPerLayer } from './geometry.ts';
export { hitsPerWire, referenceLumisections } from './rates.ts';
export { calibratedSpread, wideSpread, type HealthySpread } from './spread.ts';
export { healthyExpectation, type Expectation } from './expectation.ts';
export { drawHits } from './draw.ts';
export { badLayersOf, injectedKinds, type InjectedFault, type InjectedKind } from './faults/fault.ts';
export { injectFaults } from './faults/inject.ts';
export { drawFault } from './faults/recipes.ts';
export { simulateChamber, type ChamberConditions, type SimulatedChamber } from './simulateChamber.ts';
export {
  episodesOf,
  faultsInRun,
  faultyChambers,
  lumisectionsOfRun,
  type Course,
  type Episode,
  type SequenceSettings,
} from './sequence.ts';
