export * from './detector.ts';
export * from './chamber.ts';
export * from './matrix.ts';
export * from './verdict.ts';
export * from './fault.ts';
export * from './run.ts';
export * from './chamberData.ts';
export * from './error.ts';
