/**
 * Attempts to get out, each a piece of shell. A probe prints "held NAME" when it was refused and "out NAME" when it
 * got through; one that prints neither counts as out.
 */

export interface ProbeScene {
  /** Absolute paths outside the folder. */
  readonly outsideFile: string;
  readonly outsideFolder: string;
  readonly home: string;
  readonly outsideSocket: string;
  readonly tcpPort: number;
  /** A word in the command line of a process outside, and its id. */
  readonly processWord: string;
  readonly processId: number;
  /** Name of an abstract socket outside. */
  readonly abstractSocket: string;
  readonly secret: string;
  readonly environmentNames: readonly string[];
}

/** The shell's own, whatever we set. */
const SHELL_NAMES = ["PWD", "OLDPWD", "SHLVL", "_"];

/** Name → a test that is true when it got out. /work holds: link, folder-link, hard, .env, keys/, socket, plain.txt */
export const probesOf = (scene: ProbeScene): ReadonlyMap<string, string> => {
  const q = quoted;
  const allowed = [...scene.environmentNames, ...SHELL_NAMES].join("|");
  return new Map([
    ["read-outside", `cat ${q(scene.outsideFile)}`],
    ["read-home", `[ -e ${q(scene.home)} ]`],
    ["read-root-home", `ls /root /home 2>/dev/null | grep -q .`],
    ["list-outside", `ls ${q(scene.outsideFolder)}`],
    ["write-outside", `echo x > ${q(`${scene.outsideFolder}/new`)}`],
    ["write-system", `touch /usr/deskhand-probe || touch /etc/deskhand-probe || touch /deskhand-probe`],
    ["read-through-link", `grep -q ${q(scene.secret)} /work/link || ls /work/folder-link/`],
    ["write-through-link", `echo x > /work/link`],
    ["link-to-outside", `ln ${q(scene.outsideFile)} /work/new-hard || ln ${q(scene.outsideFile)} /tmp/hard`],
    ["read-keys", `grep -rq ${q(scene.secret)} /work/.env /work/keys`],
    ["environment", `env -0 | grep -zqvE ${q(`^(${allowed})=`)}`],
    ["environment-of-others", `cat /proc/[0-9]*/environ 2>/dev/null | grep -zqvE ${q(`^(${allowed})=`)}`],
    ["tcp-loopback", `(exec 3<>/dev/tcp/127.0.0.1/${scene.tcpPort})`],
    ["tcp-loopback-6", `(exec 3<>/dev/tcp/::1/${scene.tcpPort})`],
    ["network-interfaces", `tail -n +3 /proc/net/dev | grep -qv '^ *lo:'`],
    ["name-service", `getent hosts example.com`],
    ["unix-socket-outside", `[ -e ${q(scene.outsideSocket)} ]`],
    ["unix-socket-inside", `[ -S /work/socket ]`],
    ["abstract-socket", `grep -q ${q(scene.abstractSocket)} /proc/net/unix`],
    [
      "see-processes",
      `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q ${q(wordInTwo(scene.processWord))}`,
    ],
    ["kill-process", `kill -9 ${scene.processId}`],
    ["memory-of-others", `[ ${scene.processId} -gt 50 ] && [ -e /proc/${scene.processId}/mem ]`],
    ["capabilities", `grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | grep -qv '0000000000000000$'`],
    ["new-privileges", `grep -q '^NoNewPrivs:.0' /proc/self/status`],
    ["new-namespace", `unshare -Ur true || unshare -m true`],
    ["mount", `mount -t tmpfs none /tmp`],
    ["kernel-settings", `[ -w /proc/sys/kernel/core_pattern ] || [ -w /proc/sysrq-trigger ]`],
    ["writable-proc", `find /proc -maxdepth 1 -writable ! -path '/proc/[0-9]*' | grep -q .`],
    ["devices", `ls /dev/mem /dev/kmsg /dev/sd* /dev/vd* /dev/nvme* /dev/fuse`],
    ["sys", `[ -e /sys/kernel ]`],
    ["core-dumps", `[ "$(ulimit -c)" != 0 ]`],
  ]);
};

/** Probes of a folder that may only be read. */
export const READ_ONLY_PROBES: ReadonlyMap<string, string> = new Map([
  ["write-read-only", `echo x > /work/new`],
  ["change-read-only", `echo x >> /work/plain.txt`],
  ["remove-read-only", `rm /work/plain.txt`],
  ["write-hard-link", `echo x > /work/hard`],
  ["chmod-read-only", `chmod 777 /work/plain.txt`],
  ["uncover", `umount /work/.env || rm /work/.env || mv /work/.env /work/env`],
]);

export const scriptOf = (probes: ReadonlyMap<string, string>): string =>
  [...probes]
    .map(
      ([name, test]) =>
        `if ( ${test} ) >/dev/null 2>&1; then echo "out ${name}"; else echo "held ${name}"; fi`,
    )
    .join("\n");

/** Those that did not say that they held. */
export const whatGotOut = (probes: ReadonlyMap<string, string>, output: string): readonly string[] => {
  const held = new Set(output.split("\n").flatMap((line) => /^held (\S+)$/.exec(line)?.[1] ?? []));
  return [...probes.keys()].filter((name) => !held.has(name));
};

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A pattern that fits the word and not itself: the probe's own command line holds the pattern. */
const wordInTwo = (word: string): string => `[${word.slice(0, 1)}]${word.slice(1)}`;
