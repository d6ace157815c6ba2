/** Opens the window on what main gives it; where that fails, this is said and not left blank. */
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { ask } from "./bridge.ts";
import "./styles/index.css";

const root = createRoot(document.getElementById("root") ?? document.body);

try {
  root.render(<App opening={await ask("open", undefined)} />);
} catch (error) {
  console.error(error);
  root.render(
    <p className="open-failed">
      Deskhand&apos;s window can&apos;t be opened. Your data is safe; close it and start Deskhand again.
    </p>,
  );
}
