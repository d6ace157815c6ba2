/** The import rules of docs/ARCHITECTURE.md, as a test over every source file. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "..");
const SOURCE_FOLDERS = ["doc-schema/src", "sync-server/src", "desktop/src", "mobile/src"];
const MAX_LINES = 400;

interface SourceFile {
  /** Relative to the root, "/" between parts. */
  readonly name: string;
  readonly text: string;
  /** Module names; relative ones resolved to a path from the root. */
  readonly imports: readonly string[];
}

const importsOf = (name: string, text: string): readonly string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, module = ""]) =>
    module.startsWith(".") ? path.posix.join(path.posix.dirname(name), module) : module,
  );

const filesUnder = (folder: string): SourceFile[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => {
      const name = path.posix.join(folder, file.split(path.sep).join("/"));
      const text = readFileSync(path.join(ROOT, name), "utf8");
      return { name, text, imports: importsOf(name, text) };
    });

const files = SOURCE_FOLDERS.flatMap(filesUnder);
const within = (...folders: readonly string[]): SourceFile[] =>
  files.filter((file) =>
    folders.some((folder) => file.name.startsWith(`${folder}/`) || file.name === folder),
  );

/** Imports of `scope` that `isAllowed` turns down, as "file → module". */
const violations = (
  scope: readonly SourceFile[],
  isAllowed: (module: string, file: SourceFile) => boolean,
): string[] =>
  scope.flatMap((file) =>
    file.imports.filter((module) => !isAllowed(module, file)).map((module) => `${file.name} → ${module}`),
  );

const startsWithAny = (module: string, ...prefixes: readonly string[]): boolean =>
  prefixes.some(
    (prefix) => module === prefix || module.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`),
  );

/** Names of all packages that production code of a workspace can load, by the lockfile. */
const productionTree = (workspace: string): ReadonlySet<string> => {
  const lock = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dependencies?: Record<string, string> }>;
  };
  const seen = new Set<string>();
  const visit = (dependencies: Record<string, string> | undefined): void => {
    for (const name of Object.keys(dependencies ?? {})) {
      if (seen.has(name) || name.startsWith("@deskhand/")) continue;
      seen.add(name);
      visit(lock.packages[`node_modules/${name}`]?.dependencies);
    }
  };
  visit(lock.packages[workspace]?.dependencies);
  return seen;
};

describe("who may import whom", () => {
  test("the rules see the source files", () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(200);
  });

  test("wire imports nothing", () => {
    expect(
      violations(within("doc-schema/src/wire"), (module) => startsWithAny(module, "doc-schema/src/wire")),
    ).toEqual([]);
  });

  test("crypto imports @noble, @scure, canonicalize and wire", () => {
    const allowed = ["doc-schema/src/crypto", "doc-schema/src/wire", "@noble", "@scure", "canonicalize"];
    expect(
      violations(within("doc-schema/src/crypto"), (module) => startsWithAny(module, ...allowed)),
    ).toEqual([]);
  });

  test("document imports yjs, crypto and wire; views import document", () => {
    const document = [
      "doc-schema/src/document",
      "doc-schema/src/crypto",
      "doc-schema/src/wire",
      "yjs",
      "zod",
      "@scure",
    ];
    expect(
      violations(within("doc-schema/src/document"), (module) => startsWithAny(module, ...document)),
    ).toEqual([]);
    const orders = [
      "doc-schema/src/orders",
      "doc-schema/src/views",
      "doc-schema/src/document",
      "doc-schema/src/crypto",
      "doc-schema/src/wire",
      "yjs",
    ];
    expect(violations(within("doc-schema/src/orders"), (module) => startsWithAny(module, ...orders))).toEqual(
      [],
    );
    const views = ["doc-schema/src/views", "doc-schema/src/document", "doc-schema/src/crypto", "yjs"];
    expect(violations(within("doc-schema/src/views"), (module) => startsWithAny(module, ...views))).toEqual(
      [],
    );
  });

  test("doc-schema imports no other workspace and no platform", () => {
    const banned = [
      "node:",
      "electron",
      "react",
      "@ionic",
      "@deskhand",
      "ws",
      "desktop",
      "mobile",
      "sync-server",
    ];
    const scope = within("doc-schema/src");
    expect(
      violations(scope, (module) => !module.startsWith("node:") && !startsWithAny(module, ...banned)),
    ).toEqual([]);
  });

  test("[T1] the relay imports of our code doc-schema/wire only, and its production tree holds no yjs and no cipher", () => {
    const allowed = (module: string): boolean =>
      module.startsWith("node:") ||
      startsWithAny(module, "sync-server/src", "@deskhand/doc-schema/wire", "ws", "aws4fetch");
    expect(violations(within("sync-server/src"), allowed)).toEqual([]);
    expect([...productionTree("sync-server")]).toEqual(["aws4fetch", "ws"]);
  });

  test("the executor imports no electron, no window and no React", () => {
    const banned = [
      "electron",
      "react",
      "react-dom",
      "@deskhand/mobile",
      "desktop/src/main",
      "desktop/src/renderer",
    ];
    expect(violations(within("desktop/src/executor"), (module) => !startsWithAny(module, ...banned))).toEqual(
      [],
    );
  });

  test("the window imports no node: and nothing of the executor or main", () => {
    const allowed = (module: string): boolean =>
      !module.startsWith("node:") &&
      !startsWithAny(module, "electron", "desktop/src/executor", "desktop/src/main", "desktop/src/preload");
    expect(violations(within("desktop/src/renderer"), allowed)).toEqual([]);
    const ofMobile = (module: string): boolean =>
      !module.startsWith("@deskhand/mobile") || startsWithAny(module, "@deskhand/mobile/shared-ui");
    expect(violations(within("desktop/src"), ofMobile)).toEqual([]);
  });

  test("the phone imports of our code doc-schema only; pages → state → device, never back", () => {
    const outside = (module: string): boolean =>
      !module.startsWith("node:") &&
      !startsWithAny(module, "electron", "desktop", "sync-server", "@deskhand/desktop");
    expect(violations(within("mobile/src"), outside)).toEqual([]);
    const notPages = (module: string): boolean => !startsWithAny(module, "mobile/src/pages");
    expect(
      violations(within("mobile/src/state", "mobile/src/device", "mobile/src/shared-ui"), notPages),
    ).toEqual([]);
    const notState = (module: string): boolean => !startsWithAny(module, "mobile/src/state");
    expect(violations(within("mobile/src/device", "mobile/src/shared-ui"), notState)).toEqual([]);
  });

  test("only roots.ts, the pairing document and the recovery room ask Yjs for roots", () => {
    const allowed = [
      "doc-schema/src/document/roots.ts",
      "doc-schema/src/sync/pairing/pairing-document.ts",
      "doc-schema/src/sync/epoch/recovery-room.ts",
    ];
    const asking = files
      .filter(({ text }) => /\.get(Map|Array|Text|XmlFragment)\(/.test(text))
      .map(({ name }) => name);
    expect(asking.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test("only the projection calls the desktop's mutators", () => {
    const callers = files
      .filter(({ name }) => !name.startsWith("doc-schema/src/document/"))
      .filter(({ text }) =>
        /\bput(Meta|Device|Revocation|Run|Steps|Approval|Artifact|Grant|Reply|Question|Schedule|Connector)\(/.test(
          text,
        ),
      )
      .map(({ name }) => name);
    expect(callers.filter((name) => !name.startsWith("desktop/src/executor/projection"))).toEqual([]);
  });
});

describe("the shape of files", () => {
  test(`no file has more than ${MAX_LINES} lines`, () => {
    const all = [...files, ...filesUnder("test"), ...filesUnder("scripts")];
    expect(all.filter(({ text }) => text.split("\n").length > MAX_LINES).map(({ name }) => name)).toEqual([]);
  });

  test("named exports only", () => {
    const exempt = (name: string): boolean => name.endsWith(".d.ts");
    expect(
      files
        .filter(({ name, text }) => !exempt(name) && /^export default/m.test(text))
        .map(({ name }) => name),
    ).toEqual([]);
  });

  test("every module opens with what it is for", () => {
    const opens = ({ text }: SourceFile): boolean => /^(\/\*\*|\/\/)/.test(text);
    const exempt = ({ name }: SourceFile): boolean => /\/index\.ts$|\.d\.ts$|^test\//.test(name);
    expect(files.filter((file) => !exempt(file) && !opens(file)).map(({ name }) => name)).toEqual([]);
  });
});
