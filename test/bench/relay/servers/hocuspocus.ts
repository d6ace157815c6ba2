/**
 * Hocuspocus with what its SQLite extension does (fetch and store whole documents in one table), on `node:sqlite`:
 * the extension's own driver has no prebuilt binary that can be had here.
 */
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";
import { DatabaseSync } from "node:sqlite";
import path from "node:path";

const database = new DatabaseSync(path.join(process.env.DATA ?? "", "hocuspocus.sqlite"));
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"); // the fastest that survives a crash
database.exec("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)");
const select = database.prepare("SELECT data FROM documents WHERE name = ?");
const upsert = database.prepare(
  "INSERT INTO documents (name, data) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET data = excluded.data",
);

const server = new Server({
  port: Number(process.env.PORT),
  address: "127.0.0.1",
  quiet: true,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => {
        const data = select.get(documentName)?.data;
        return data instanceof Uint8Array ? data : null;
      },
      store: async ({ documentName, state }) => void upsert.run(documentName, state),
    }),
  ],
});
await server.listen();
console.log("ready");
