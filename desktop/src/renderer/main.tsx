/** Opens the window on what main gives it; where that fails, this is said and not left blank. */
import { createRoot } from "react-dom/client";
import type { Opening } from "../ipc-contract.ts";
import { ask } from "./bridge.ts";
import { Root } from "./Root.tsx";
import "./styles/index.css";

const root = createRoot(document.getElementById("root") ?? document.body);

const openWorkspace = async (): Promise<Opening> => {
  await ask("startHost", undefined);
  return ask("open", undefined);
};

try {
  const begin = await ask("begin", undefined);
  const opening = begin.type === "ready" ? await openWorkspace() : undefined;
  root.render(<Root begin={begin} opening={opening} />);
} catch (error) {
  console.error(error);
  root.render(
    <p className="open-failed">
      Deskhand&apos;s window can&apos;t be opened. Your data is safe; close it and start Deskhand again.
    </p>,
  );
}
