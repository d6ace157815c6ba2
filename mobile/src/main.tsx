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
import { createAppState } from "./state/app-state.ts";

setupIonicReact({ mode: "ios" });
const app = createAppState();
const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no root");
createRoot(element).render(
  <StrictMode>
    <App app={app} />
  </StrictMode>,
);
