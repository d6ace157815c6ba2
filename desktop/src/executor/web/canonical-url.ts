/**
 * The one reading of an address (T44). What is shown on the card, judged by policy, resolved and dialled is this.
 * 1. An address that two programs could read in two ways is refused, not repaired: control characters and spaces,
 *    backslashes, credentials, percent signs in the host, hosts that a parser would rewrite (127.1, 0x7f000001,
 *    full-width letters), trailing dots.
 * 2. Names in other scripts become ASCII by IDNA, and back to the very same name.
 * 3. Names of this computer and of the local network are refused before anything is resolved; addresses are judged
 *    by addresses.ts, after it.
 */
import { isIP } from "node:net";
import { domainToUnicode } from "node:url";
import { ok } from "@deskhand/doc-schema/wire";
import { visible } from "../policy/path-scope.ts";
import { fault, type Outcome } from "../tools/fault.ts";
import { isPublicAddress } from "./addresses.ts";

export interface CanonicalUrl {
  /** ASCII, without fragment. */
  readonly href: string;
  readonly isEncrypted: boolean;
  /** ASCII and lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

const LONGEST = 2048;
export const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Names that mean this computer or the network around it. */
const LOCAL_ENDS: ReadonlySet<string> = new Set(
  [
    "localhost, localdomain, local, internal, intranet, lan, home, corp, private, domain, workgroup, host",
    "arpa, onion, invalid, kube, consul, docker",
  ].flatMap((line) => line.split(", ")),
);

const OUTLINE = /^(https?):\/\/([^/?#]*)(?:[/?#].*)?$/i;
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^:[\]@%]+)(?::(\d{1,5}))?$/i;
const AMBIGUOUS = /[\p{Cc}\p{Cf}\p{Z}\\]/u;

export const canonicalUrl = (text: string, ports: ReadonlySet<number> = WEB_PORTS): Outcome<CanonicalUrl> => {
  const refuse = (why: string): Outcome<never> => fault("not-allowed", `“${visible(text)}” ${why}.`);
  if (text.length > LONGEST) return refuse("is too long for an address");
  if (!text.isWellFormed() || AMBIGUOUS.test(text))
    return refuse("holds characters that do not belong in an address");
  const [, , authority = ""] = OUTLINE.exec(text) ?? [];
  const [, written, portText] = AUTHORITY.exec(authority) ?? [];
  if (written === undefined) return refuse("is no plain http or https address");
  if (!URL.canParse(text)) return refuse("is no address");
  const url = new URL(text);
  const isEncrypted = url.protocol === "https:";
  const port = Number(portText ?? (isEncrypted ? 443 : 80));
  if (!ports.has(port)) return refuse("names a port other than the web's own");
  if (!isSameHost(written, url.hostname)) return refuse("has a host that can be read in more than one way");
  const host = url.hostname.replaceAll(/[[\]]/g, "");
  if (isIP(host) > 0 ? !isPublicAddress(host) : isLocalName(host))
    return refuse("is on this computer or on the local network");
  url.hash = "";
  return ok({ href: url.href, isEncrypted, host, port });
};

/** Whether the parser took the host for what it says. */
const isSameHost = (written: string, parsed: string): boolean => {
  const lower = written.toLowerCase();
  // before lowering: there are letters outside ASCII whose lower case is in it
  if (/^[A-Za-z0-9.-]+$/.test(written)) return parsed === lower && !lower.endsWith(".");
  if (written.startsWith("[")) return isIP(parsed.slice(1, -1)) === 6;
  return written.normalize("NFKC") === written && domainToUnicode(parsed) === lower && parsed !== "";
};

const isLocalName = (host: string): boolean => {
  const labels = host.split(".");
  return labels.length < 2 || labels.includes("") || LOCAL_ENDS.has(labels.at(-1) ?? "");
};
