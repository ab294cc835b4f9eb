/** How much somebody may: three roles, three scopes of a token, and which role a scope reaches. Who may what stands in policy-table.ts. */

export const ROLES = ['viewer', 'trader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ['read', 'trade', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const REACH = { read: 'viewer', trade: 'trader', admin: 'admin' } as const satisfies Record<Scope, Role>;

export const atLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
export const reachOf = (scope: Scope): Role => REACH[scope];
/** The scope a token needs to reach a role. */
export const scopeFor = (role: Role): Scope => SCOPES[ROLES.indexOf(role)]!;
/** A token never reaches further than its owner does now. */
export const lowerOf = (one: Role, other: Role): Role => (atLeast(one, other) ? other : one);
