import {
  agreementSchema,
  errorSchema,
  labelAnswerSchema,
  labelConflictSchema,
  labelHistorySchema,
  labelPageSchema,
  labelUndoSchema,
  labelWriteSchema,
} from '@dtdqm/contract';
import { measureAgreement } from '../../learning/agreement/measureAgreement.ts';
import { eventsOf, labelHistory } from '../../storage/labels/history.ts';
import { sharedOpinions } from '../../storage/labels/opinions.ts';
import { undoEvent } from '../../storage/labels/undo.ts';
import { writeLabel } from '../../storage/labels/write.ts';
import { mayAct } from '../auth/caller.ts';
import { defineRoute, type Route } from '../route.ts';
import { answerLabelErrors } from './problem.ts';
import { historyQuerySchema, mineQuerySchema } from './schema.ts';

const tag = 'Labels';
const refused = { description: 'Refused; the id says why', schema: errorSchema };

export const journalRoutes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/api/v1/labels',
    tag,
    summary: 'Label a chamber of a run; repeats of a request change nothing and get the same answer',
    role: 'editor',
    body: labelWriteSchema,
    answers: {
      201: { description: 'The event, as stored', schema: labelAnswerSchema },
      409: { description: 'Labelled by someone else since: both versions', schema: labelConflictSchema },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      return {
        status: 201,
        body: { event: await answerLabelErrors(writeLabel(deps.database, caller.name, body)) },
      };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/labels/undo',
    tag,
    summary: "Take back a label or skip of one's own, by an event of its own",
    role: 'editor',
    body: labelUndoSchema,
    answers: {
      201: { description: 'The undoing event', schema: labelAnswerSchema },
      403: { ...refused, description: 'The event is someone else’s; admins may' },
      404: { ...refused, description: 'There is no such event' },
      409: { ...refused, description: 'It was taken back before' },
      422: { ...refused, description: 'The idempotency key came before with another body' },
    },
    async handle({ body, caller, deps }) {
      const everyones = mayAct(caller, 'admin');
      const event = await answerLabelErrors(undoEvent(deps.database, caller.name, body, { everyones }));
      return { status: 201, body: { event } };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/history',
    tag,
    summary: 'All that was said of one chamber of one run, and the label in force',
    role: 'viewer',
    query: historyQuerySchema,
    answers: { 200: { description: 'Events, oldest first; none is no error', schema: labelHistorySchema } },
    async handle({ query, deps }) {
      return { body: await labelHistory(deps.database, query) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/mine',
    tag,
    summary: "One's own events, newest first",
    role: 'viewer',
    query: mineQuerySchema,
    answers: { 200: { description: 'A page of events', schema: labelPageSchema } },
    async handle({ query, caller, deps }) {
      const { limit, cursor = null } = query;
      return { body: await eventsOf(deps.database, { expert: caller.name, limit, cursor }) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/agreement',
    tag,
    summary: 'How far experts agree who judged the same chambers',
    role: 'viewer',
    answers: { 200: { description: 'Coefficients with 95 % bootstrap intervals', schema: agreementSchema } },
    async handle({ deps }) {
      return { body: measureAgreement(await sharedOpinions(deps.database)) };
    },
  }),
];
