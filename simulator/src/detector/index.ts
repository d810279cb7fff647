export { isChimney, wireNumbers, wiresInLayer, wiresPerLayer } from './geometry.ts';
export {
  calibratedSpread,
  hitsPerWire,
  referenceLumisections,
  wideSpread,
  type HealthySpread,
} from './profile.ts';
export { healthyExpectation, type Expectation } from './expectation.ts';
export { drawHits } from './simulateChamber.ts';
export { LumisectionCounter, type GrowingConditions } from './countLumisections.ts';
export {
  checkRunScript,
  drawTrip,
  inLumisection,
  planRun,
  rateIn,
  strengthAt,
  tripKinds,
  type InRunFault,
  type RunScript,
  type TripKind,
} from './runScript.ts';
export { badLayersOf, drawFault, drawMeasured, injectFaults, levelAt, type InjectedFault } from './faults.ts';
export {
  injectedKinds,
  kindsOfFault,
  measuredFaults,
  type FaultForm,
  type InjectedKind,
  type MeasuredFault,
} from './kinds.ts';
export { evidenceInCounts, injectIntoCounts, dealOut, thinned } from './injectIntoCounts.ts';
export { simulateChamber, type ChamberConditions, type SimulatedChamber } from './simulateChamber.ts';
export {
  episodesOf,
  faultsInRun,
  faultyChambers,
  lumisectionSeconds,
  lumisectionsOfRun,
  startsOfRuns,
  type Course,
  type Episode,
  type SequenceSettings,
} from './sequence.ts';
export {
  asPast,
  examplesByRun,
  likeReal,
  likeScattered,
  leastEvidence,
  simulateExamples,
  type Past,
  type ExampleSettings,
  type SimulatedExample,
} from './trainingExamples.ts';
