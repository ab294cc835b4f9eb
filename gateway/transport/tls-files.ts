// A certificate and its key, read and tried before a server opens with them: a driver's own complaint would name neither file.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from './server.ts';

export class TlsUnusable extends Error {
  override readonly name = 'TlsUnusable';
}

export function readTlsFiles({ key, cert }: TlsFiles): Readonly<{ key: Buffer; cert: Buffer }> {
  try {
    const read = { key: readFileSync(key), cert: readFileSync(cert) };
    createSecureContext(read);
    return read;
  } catch (error) {
    const remedy = 'give a PEM file with the certificate and its chain, and one with its key, not encrypted';
    throw new TlsUnusable(`TLS cannot use the key ${key} with the certificate ${cert}: ${(error as Error).message}; ${remedy}`);
  }
}
