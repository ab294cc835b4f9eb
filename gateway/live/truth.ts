/** How far a desk is, for whoever is told of it. */
export type Truth = Readonly<{
  /** The journal's number of the newest fact that has taken effect. */
  seq: number;
  /** Its engine time, µs. */
  at: number;
  /** Milliseconds since then; null where the desk's time is not the wall's. */
  age: number | null;
  /** The journal is on the disk up to here. */
  durable: number;
}>;
