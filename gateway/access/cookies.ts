/** The one cookie there is, as text: no script reads it, no other site's page sends it, and over TLS no other host can set it. */
import { SECRET_TEXT } from './secrets.ts';

const PLAIN = 'retrace-session';
const BOUND = '__Host-retrace-session';

export const cookieName = (tls: boolean): string => (tls ? BOUND : PLAIN);

/** For `set-cookie`. `__Host-` binds it to this host; without TLS browsers take neither that nor Secure. */
export const sessionCookie = (secret: string, tls: boolean, longestUs: number): string =>
  `${cookieName(tls)}=${secret}; Path=/; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}; Max-Age=${Math.floor(longestUs / 1e6)}`;

export const endedCookie = (tls: boolean): string =>
  `${cookieName(tls)}=; Path=/; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}; Max-Age=0`;

/** A header longer than this is nobody's of ours. */
const MOST_HEADER = 16_384;

/**
 * What the `cookie` header holds of ours; null where there is none. Two of that name are none: one of them was planted, and nobody can
 * say which. A text that is no secret is none.
 */
export function sessionSecretIn(header: string | undefined, tls: boolean): string | null {
  if (header === undefined || header.length > MOST_HEADER) return null;
  const name = cookieName(tls);
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [secret] = found;
  return found.length === 1 && secret !== undefined && SECRET_TEXT.test(secret) ? secret : null;
}
