/** How a question to a venue fails, by the names of the port. What is wrong is in the message; keys and secrets never are. */
import type { VenueTrouble } from '#engine/execution/broker.ts';

/** It could not be asked, or did not answer in time. */
export class VenueUnreachable extends Error {
  override readonly name = 'VenueUnreachable' satisfies VenueTrouble['name'];
}
/** It answered what cannot be read, or what cannot be so. */
export class VenueNonsense extends Error {
  override readonly name = 'VenueNonsense' satisfies VenueTrouble['name'];
}
/** It says no: the key, the question, the rate. */
export class VenueRefused extends Error {
  override readonly name = 'VenueRefused' satisfies VenueTrouble['name'];
}

export const isTrouble = (thrown: unknown): thrown is VenueUnreachable | VenueNonsense | VenueRefused =>
  thrown instanceof VenueUnreachable || thrown instanceof VenueNonsense || thrown instanceof VenueRefused;

export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
