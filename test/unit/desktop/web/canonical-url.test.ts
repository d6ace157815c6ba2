/** [T44] One reading of an address: what two programs could read in two ways is refused before anything is sent. */
import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../../../desktop/src/executor/web/addresses.ts";
import { canonicalUrl } from "../../../../desktop/src/executor/web/canonical-url.ts";
import { must, wordOf } from "../tools/scene.ts";

const REFUSED = [
  // characters that end or split a name for one reader and not for another
  [
    "http://evil.example\0.allowed.example/",
    "http://evil.example%00.allowed.example/",
    "http://a.example\r\nHost: b/",
  ],
  [
    "http://a.example\tb/",
    "http://a.exa\nmple/",
    " http://a.example/",
    "http://a.example /",
    "http://a.example/ x",
  ],
  [
    "http://a.example\\@b.example/",
    "http:\\\\a.example/",
    "http://a.example/\\..\\x",
    "http://a.example\u3000/",
  ],
  [
    "http://a.example\u200b/",
    "http://\u202eexample.a/",
    "http://a\u00ad.example/",
    "http://a.example/\ud800",
  ],
  // credentials and what looks like them
  [
    "http://user@a.example/",
    "http://user:pass@a.example/",
    "http://@a.example/",
    "http://a.example@b.example/",
  ],
  [
    "http://a.example:80@b.example/",
    "http://a.example%40b.example/",
    "http://a.example#@b.example:1/".slice(0, 16) + "@x/",
  ],
  // numbers that are addresses
  [
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.0.1/",
  ],
  [
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://①②⑦.0.0.1/",
    "http://0/",
    "http://[::ffff:7f00:1]/",
  ],
  // letters that become others
  [
    "http://ⅼocalhost/",
    "http://ｌocalhost/",
    "http://a。example/",
    "http://ａ.example/",
    "http://ﬀ.example/",
    "http://Ⓐ.example/",
  ],
  [
    "http://%61.example/",
    "http://%6cocalhost/",
    "http://a%2eexample/",
    "http://xn--/",
    "http://xn--a/",
    "http://ß.example\u0301/",
  ],
  // dots
  [
    "http://a.example./",
    "http://a..example/",
    "http://.example/",
    "http://./",
    "http://localhost./",
    "http://a.example../",
  ],
  // here and nearby
  [
    "http://localhost/",
    "http://LOCALHOST/",
    "http://a.localhost/",
    "http://printer/",
    "http://nas.local/",
    "http://x.internal/",
  ],
  [
    "http://metadata.google.internal/",
    "http://router.lan/",
    "http://x.home.arpa/",
    "http://x.onion/",
    "http://intranet/",
  ],
  [
    "http://127.0.0.1/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest",
  ],
  [
    "http://100.100.100.200/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://198.18.0.1/",
  ],
  [
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::127.0.0.1]/",
  ],
  [
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001::1]/",
    "http://[fe80::1%25eth0]/",
  ],
  // ports and schemes
  [
    "http://a.example:22/",
    "https://a.example:8443/",
    "http://a.example:0/",
    "http://a.example:99999/",
    "http://a.example:80x/",
  ],
  [
    "ftp://a.example/",
    "file:///etc/passwd",
    "data:text/html,x",
    "javascript:alert(1)",
    "gopher://a.example/",
    "ws://a.example/",
  ],
  [
    "//a.example/",
    "a.example",
    "http:a.example",
    "http:/a.example",
    "http:///a.example",
    "http://",
    "https://?x",
    "",
  ],
  [
    "http://a.example:/x".replace(":/x", "::80/"),
    "http://[a.example]/",
    "http://[::1/",
    `http://a.example/${"x".repeat(2048)}`,
  ],
].flat();

const READ: readonly (readonly [string, string, string, number])[] = [
  ["http://a.example", "http://a.example/", "a.example", 80],
  ["HTTPS://A.Example:443/Path?q=1#part", "https://a.example/Path?q=1", "a.example", 443],
  ["https://a.example:80/", "https://a.example:80/", "a.example", 80],
  ["http://sub.a.example/a/../b/./c", "http://sub.a.example/b/c", "sub.a.example", 80],
  [
    "https://a.example/報表?月=二",
    "https://a.example/%E5%A0%B1%E8%A1%A8?%E6%9C%88=%E4%BA%8C",
    "a.example",
    443,
  ],
  ["https://例子.example/", "https://xn--fsqu00a.example/", "xn--fsqu00a.example", 443],
  ["https://xn--fsqu00a.example/", "https://xn--fsqu00a.example/", "xn--fsqu00a.example", 443],
  ["http://93.184.216.34/", "http://93.184.216.34/", "93.184.216.34", 80],
  ["http://[2606:2800:220:1::1]/", "http://[2606:2800:220:1::1]/", "2606:2800:220:1::1", 80],
];

describe("[T44] addresses", () => {
  test.each(REFUSED)("refuses %j", (text) => expect(wordOf(canonicalUrl(text))).toBe("not-allowed"));

  test.each(READ)("reads %j", (text, href, host, port) => {
    expect(must(canonicalUrl(text))).toMatchObject({ href, host, port });
  });

  test("what was read once reads the same again, and the card's host is the one that is dialled", () => {
    for (const [text] of READ) {
      const { href, host } = must(canonicalUrl(text));
      expect(must(canonicalUrl(href)).href).toBe(href);
      expect(new URL(href).hostname.replaceAll(/[[\]]/g, "")).toBe(host);
      expect(href).toMatch(/^[\x21-\x7e]+$/);
    }
  });

  test("no host that a parser rewrites passes, for every character of the first planes", () => {
    const rewritten: string[] = [];
    for (let code = 0x80; code < 0x1_0000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const letter = String.fromCodePoint(code);
      const read = canonicalUrl(`http://a${letter}b.example/`);
      if (!read.ok) continue;
      // what passes stays a name of its own: never plain ASCII, never another number of labels
      if (!read.value.host.startsWith("xn--") || read.value.host.split(".").length !== 2)
        rewritten.push(letter);
    }
    expect(rewritten).toEqual([]);
  });
});

test("[T44] public addresses are those that the web has, and no others", () => {
  for (const address of ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])
    expect([address, isPublicAddress(address)]).toEqual([address, true]);
  const others = [
    [
      "127.0.0.1",
      "10.1.2.3",
      "172.31.0.1",
      "192.168.0.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "240.0.0.1",
    ],
    ["192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "255.255.255.255", "198.19.0.1"],
    [
      "::",
      "::1",
      "fe80::1",
      "fc00::1",
      "ff02::1",
      "::ffff:8.8.8.8",
      "::8.8.8.8",
      "64:ff9b::808:808",
      "2002:808:808::",
    ],
    [
      "2001::1",
      "2001:db8::1",
      "100::1",
      "3fff::1",
      "5f00::1",
      "4000::1",
      "localhost",
      "",
      "1.1.1",
      "fe80::1%eth0",
    ],
  ].flat();
  for (const address of others) expect([address, isPublicAddress(address)]).toEqual([address, false]);
});
