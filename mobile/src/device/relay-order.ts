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
