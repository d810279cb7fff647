export { isChimney, wiresInLayer, wiresPerLayer } from './geometry.ts';
export { hitsPerWire, referenceLumisections } from './profile.ts';
export { calibratedSpread, wideSpread, type HealthySpread } from './expectation.ts';
export { healthyExpectation, type Expectation } from './expectation.ts';
export { drawHits } from './simulateChamber.ts';
export { badLayersOf, injectedKinds, type InjectedFault, type InjectedKind } from './faults.ts';
export { injectFaults } from './faults.ts';
export { drawFault } from './faults.ts';
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
export {
  examplesByRun,
  leastEvidence,
  simulateExamples,
  type ExampleSettings,
  type SimulatedExample,
} from './trainingExamples.ts';
