export * from './api.ts';
export * from './detector.ts';
export * from './chamberData.ts';
export * from './run.ts';
export * from './label.ts';
export * from './queue.ts';
export * from './model.ts';
export * from './incident.ts';
