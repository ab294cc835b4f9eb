/** A day of µs, as lists show it. */
export const dayOf = (us: number): string => new Date(us / 1_000).toISOString().slice(0, 10);
export const DAY_US = 86_400_000_000;
