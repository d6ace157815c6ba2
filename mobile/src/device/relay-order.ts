/**
 * A relay that runs at home has several names: the code may say its LAN address while this page came from 127.0.0.1.
 * The name that served this page is known to be reachable, so it is tried too, and first.
 */
export const orderRelays = (relayUrls: readonly string[], page: string): readonly string[] => {
  const own = new URL(new URL(page).origin.replace(/^http/, "ws"));
  const isSameRelay = relayUrls.some((text) => {
    const url = URL.parse(text);
    return url?.protocol === own.protocol && url.port === own.port;
  });
  if (!isSameRelay) return relayUrls;
  return [own.origin, ...relayUrls.filter((text) => URL.parse(text)?.origin !== own.origin)];
};

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/**
 * The relays to be connected with at once: each under one name. A loopback name is this machine's own, so on the same
 * port it is the relay that served the page, whatever else that is called.
 */
export const relaysToDial = (relayUrls: readonly string[], page: string): readonly string[] => {
  const [first, ...others] = orderRelays(relayUrls, page);
  if (first === undefined) return [new URL(page).origin.replace(/^http/, "ws")];
  const own = new URL(first);
  const isAnotherName = (text: string): boolean => {
    const url = URL.parse(text);
    const isLoopback = LOOPBACK.test(own.hostname) || LOOPBACK.test(url?.hostname ?? "");
    return isLoopback && url?.protocol === own.protocol && url.port === own.port;
  };
  return [first, ...others.filter((text) => !isAnotherName(text))];
};
