/** In ascending order: each may do what those before it may. */
export const roles = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who asks, as authentication found out. */
export interface Caller {
  /** Written into labels; stable for one person. */
  name: string;
  role: Role;
  via: 'local' | 'token' | 'grafana';
}

export function mayAct(caller: Caller, needed: Role): boolean {
  return roles.indexOf(caller.role) >= roles.indexOf(needed);
}
