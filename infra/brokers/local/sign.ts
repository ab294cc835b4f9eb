/** The exchange's signatures: lower-case hex HMAC-SHA256. The secret is revealed here and nowhere else. */
import { createHmac } from 'node:crypto';

/** Printed, logged or serialised it must show nothing; only reveal() tells. */
export type SecretText = { reveal(): string };

/** `path` as it goes out, with its query; `body` as it goes out, '' for none. */
export function signRequest(secret: SecretText, timeUs: number, untilUs: number, method: string, path: string, body: string): string {
  return hmac(secret, `${timeUs}\n${untilUs}\n${method}\n${path}\n${body}`);
}

export function signStream(secret: SecretText, timeUs: number): string {
  return hmac(secret, `${timeUs}\nstream`);
}

function hmac(secret: SecretText, text: string): string {
  return createHmac('sha256', secret.reveal()).update(text).digest('hex');
}
