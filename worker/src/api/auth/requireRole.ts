import { Problem } from '../problem.ts';
import { mayAct, type Caller, type Role } from './caller.ts';

/** @throws {Problem} 403 when the caller's role is less than what is needed. */
export function requireRole(caller: Caller, needed: Role): void {
  if (mayAct(caller, needed)) return;
  throw new Problem(403, 'not-allowed', `this needs the role ${needed}, you have ${caller.role}`);
}
