/** Starts the phone app. The pairing link leaves the address bar before anything is drawn. */
import "@ionic/react/css/core.css";
import "@ionic/react/css/normalize.css";
import "@ionic/react/css/structure.css";
import "./shared-ui/theme.css";
import "./phone.css";
import { setupIonicReact } from "@ionic/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { createAppState, takePairingLink } from "./state/app-state.ts";

setupIonicReact({ mode: "ios" });
const link = takePairingLink();
const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no root");
const root = createRoot(element);
const app = createAppState();
const show = (opened: string | undefined): void =>
  root.render(
    <StrictMode>
      <App app={app} link={opened} />
    </StrictMode>,
  );
show(link);
// A code works once: who erases this phone later starts without it.
app.subscribe(() => app.phase().type === "paired" && show(undefined));
// A link that is opened in this tab changes the fragment only, and loads nothing.
addEventListener("hashchange", () => {
  const opened = takePairingLink();
  if (opened !== undefined) show(opened);
});
