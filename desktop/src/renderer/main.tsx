/** Opens the window's store and shows it; what cannot be opened is said, not thrown. */
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { ask } from "./bridge.ts";
import { en } from "./locales/en.ts";
import "./styles/index.css";

const root = createRoot(document.getElementById("root") ?? document.body);

try {
  root.render(<App opening={await ask("open", undefined)} />);
} catch (error) {
  console.error(error);
  root.render(<p className="open-failed">{en.openFailed}</p>);
}
