/**
 * The certificate that the relay shows, from two files. SIGHUP reads them again without touching an open socket; a pair
 * that does not belong together is refused, and the old one stays.
 */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";

export interface TlsFiles {
  /** PEM: the certificate, then those that vouch for it. */
  readonly certFile: string;
  /** PEM. */
  readonly keyFile: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The error is a sentence for the operator. It quotes nothing of the key. */
export const readTlsPair = ({ certFile, keyFile }: TlsFiles): Result<TlsPair, string> => {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(pair);
    return ok(pair);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return err(`The certificate ${certFile} cannot be used with the key ${keyFile} (${reason}).`);
  }
};
