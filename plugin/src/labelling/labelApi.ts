import type {
  ChamberData,
  ChamberOfRun,
  LabelEvent,
  LabelHistory,
  LabelUndo,
  LabelWrite,
  Lease,
  QueueNext,
  QueueSkip,
} from '@dtdqm/contract';

/** What labelling needs of the API. Every method rejects with a Problem (see api/problem.ts). */
export interface LabelApi {
  next(query: QueueNext): Promise<Lease[]>;
  chamber(chamber: ChamberOfRun): Promise<ChamberData>;
  history(chamber: ChamberOfRun): Promise<LabelHistory>;
  label(body: LabelWrite): Promise<LabelEvent>;
  skip(body: QueueSkip): Promise<LabelEvent>;
  undo(body: LabelUndo): Promise<LabelEvent>;
  release(lease: string): Promise<void>;
}
