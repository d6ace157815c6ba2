/**
 * Which addresses are the web's: public unicast, nothing else. Loopback, private, link-local and metadata addresses,
 * carrier NAT, multicast, documentation and the IPv6 forms that carry any of them (mapped, compatible, 6to4, Teredo,
 * NAT64) are not.
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

export const isPublicAddress = (text: string): boolean => {
  if (isIP(text) === 0) return false; // short forms of numbers, which only some programs read
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  // all that is handed out; leaves out what no list names yet
  return address.kind() === "ipv4" || address.match(GLOBAL_UNICAST);
};

const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");
