// What every answer tells a browser to refuse: foreign scripts, frames, guessed types, leaked addresses. The values are those helmet sends, stricter
// where nothing of ours needs more.
import { type Layer, withHeaders } from './layer.ts';

const POLICY = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'connect-src': "'self'",
  'font-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'script-src': "'self'",
  'script-src-attr': "'none'",
  'style-src': "'self'",
  'style-src-attr': "'unsafe-inline'", // charts place their parts by style attributes
  'worker-src': "'self'",
};

export const CONTENT_SECURITY_POLICY = Object.entries(POLICY)
  .map(([name, value]) => `${name} ${value}`)
  .join('; ');

const ALWAYS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
/** A year, in seconds. Only over TLS: said in the clear it means nothing, and on a loopback address it would lock out the next program there. */
const TLS_ONLY = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };

/** A page that needs another policy says so itself. */
export const securityHeadersLayer: Layer = (next) => async (request) =>
  withHeaders(await next(request), request.secure ? { ...ALWAYS, ...TLS_ONLY } : ALWAYS);
