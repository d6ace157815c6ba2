/**
 * Names through which a file becomes a program, a key or an order to some program. Writing them is asked with high
 * risk, also where they do not exist yet; so is reading those that hold keys. Lists are data; comparison ignores
 * case, width, invisible characters and the dots and spaces that Windows drops at the end of a name.
 */

/** Keys and accounts: a folder or file of this name, anywhere in the path. */
const KEY_NAMES: ReadonlySet<string> = new Set(
  [
    ".ssh, .gnupg, .aws, .azure, .kube, .docker, .password-store, .netrc, _netrc",
    ".npmrc, .yarnrc, .yarnrc.yml, .pypirc, .pgpass, .git-credentials",
    "id_rsa, id_dsa, id_ecdsa, id_ed25519, id_ecdsa_sk, id_ed25519_sk",
  ].flatMap((line) => line.split(", ")),
);

/** What programs run or obey. */
const NAMES: ReadonlySet<string> = new Set(
  [
    // version control: hooks and configuration run programs
    ".git, .hg, .svn, .husky, .githooks, .gitconfig, .gitmodules",
    // agents and editors: they act on what stands there
    ".claude, claude.md, claude.local.md, agents.md, .mcp.json, .cursor, .cursorrules",
    ".windsurf, .windsurfrules, .codex, .gemini, gemini.md, .continue, .clinerules",
    ".vscode, .idea, .devcontainer, .envrc",
    "authorized_keys, known_hosts",
    // what shells, sessions and tools run at start
    ".profile, .bashrc, .bash_profile, .bash_login, .bash_logout, .bash_aliases",
    ".zshrc, .zshenv, .zprofile, .zlogin, .zlogout, .kshrc, .cshrc, .tcshrc, .login",
    "config.fish, .inputrc, .xinitrc, .xprofile, .xsession, .xsessionrc, .pam_environment",
    ".vimrc, .exrc, .gvimrc, .emacs, .curlrc, .wgetrc, .crontab",
    "microsoft.powershell_profile.ps1, profile.ps1, autorun.inf, desktop.ini",
    "launchagents, launchdaemons",
  ].flatMap((line) => line.split(", ")),
);

/** Beginnings of names that hold keys: .env, .env.local. */
const KEY_BEGINNINGS: readonly string[] = [".env"];
/** git~1 is Windows' short name of .git. */
const BEGINNINGS: readonly string[] = ["git~", ".aider"];

/** Ends of names that hold keys. Not ".key": that is a Keynote presentation. */
const KEY_ENDS: readonly string[] = [".pem", ".p12", ".pfx", ".ppk", ".kdbx", ".jks", ".keystore"];

/** Folders that only together are protected. */
const SEQUENCES: readonly (readonly string[])[] = [
  [".config", "autostart"],
  [".config", "systemd"],
  [".config", "git"],
  [".github", "workflows"],
  ["start menu", "programs", "startup"],
];

/** The part of a path that may hold keys or passwords, or undefined. */
export const keyPart = (parts: readonly string[]): string | undefined =>
  parts.find((part) => isKeyName(plainName(part)));

const isKeyName = (plain: string): boolean =>
  KEY_NAMES.has(plain) ||
  KEY_BEGINNINGS.some((beginning) => plain.startsWith(beginning)) ||
  KEY_ENDS.some((end) => plain.endsWith(end));

/** The part that is protected, or undefined. */
export const protectedPart = (parts: readonly string[]): string | undefined => {
  const plain = parts.map(plainName);
  const single = plain.findIndex(
    (name) =>
      isKeyName(name) || NAMES.has(name) || BEGINNINGS.some((beginning) => name.startsWith(beginning)),
  );
  if (single >= 0) return parts[single];
  const sequence = SEQUENCES.find((names) =>
    plain.some((_, at) => names.every((name, offset) => plain[at + offset] === name)),
  );
  return sequence?.join("/");
};

/** A folder that comes to be called so could bring the rest of a protected sequence along inside it. */
export const mayHideProtected = (parts: readonly string[]): boolean => {
  const plain = parts.map(plainName);
  return SEQUENCES.some((names) =>
    names
      .slice(0, -1)
      .some((_, at) => names.slice(0, at + 1).every((name, offset) => plain.at(offset - at - 1) === name)),
  );
};

const plainName = (part: string): string =>
  part
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase()
    .replace(/[. ]+$/, "");
