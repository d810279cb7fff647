export { isChimney, wiresInLayer, wiresPerLayer } from './geometry.ts';
export {
  calibratedSpread,
  hitsPerWire,
  referenceLumisections,
  wideSpread,
  type HealthySpread,
} from './profile.ts';
export { healthyExpectation, type Expectation } from './expectation.ts';
export { drawHits } from './simulateChamber.ts';
export {
  badLayersOf,
  drawFault,
  injectFaults,
  injectedKinds,
  type InjectedFault,
  type InjectedKind,
} from './faults.ts';
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
