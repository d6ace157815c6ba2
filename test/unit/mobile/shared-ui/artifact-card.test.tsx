import { ArtifactCard, type WorkspaceFiles } from "@deskhand/mobile/shared-ui";
import type { Artifact } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const BLOB = { id: "A".repeat(43), key: "B".repeat(43), byteLength: 2_000, sha256: "C".repeat(43) };

const card = (fields: Partial<Artifact>, files: Partial<WorkspaceFiles> = {}) => {
  const s = createScreens();
  const artifact: Artifact = {
    id: s.ids.create("artifact"),
    runId: s.ids.create("run"),
    createdAt: 1,
    name: "report.csv",
    mediaType: "text/csv",
    byteLength: 2_000,
    sha256: "0".repeat(64),
    grantId: s.ids.create("grant"),
    path: "Reports/report.csv",
    ...fields,
  };
  s.state.files = {
    send: async () => ({ ok: false, error: { type: "refused" } }),
    fetch: async () => ({ ok: false, error: { type: "offline" } }),
    find: async () => undefined,
    remove: async () => undefined,
    ...files,
  };
  const { rerender } = s.show(<ArtifactCard artifact={artifact} />);
  const redraw = (next: Artifact): void => rerender(s.inWorkspace(<ArtifactCard artifact={next} />));
  return { ...s, artifact, redraw };
};

describe("a result file", () => {
  test("that is a picture is seen before it is fetched, with a text for those who do not see it", () => {
    card({
      name: "beach.jpg",
      mediaType: "image/jpeg",
      preview: { jpeg: "/9j/AAAA", width: 320, height: 240 },
    });
    const preview = screen.getByRole("img", { name: "Small picture of beach.jpg" });
    expect(preview.getAttribute("src")).toBe("data:image/jpeg;base64,/9j/AAAA");
    expect([preview.getAttribute("width"), preview.getAttribute("height")]).toEqual(["320", "240"]);
    expect(screen.getByRole("button", { name: "Get" })).toBeTruthy();
  });
  test("that is only on the desktop is asked for", async () => {
    const s = card({ where: "desktop" });
    s.state.desktop = { online: false };
    fireEvent.click(screen.getByRole("button", { name: "Get" }));
    await screen.findByText("Comes when Test desk is back");
    expect(s.given).toEqual([["give", { type: "send-file", artifactId: s.artifact.id }]]);
  });
  test("comes by itself once the desktop has sent what was asked for", async () => {
    const fetch = vi.fn<WorkspaceFiles["fetch"]>(async () => ({ ok: true, value: new Blob(["x"]) }));
    const s = card({ where: "desktop" }, { fetch });
    fireEvent.click(screen.getByRole("button", { name: "Get" }));
    await screen.findByText("Asked for. Test desk is sending it …");
    expect(fetch).not.toHaveBeenCalled();
    s.redraw({ ...s.artifact, where: "blob", blob: BLOB });
    await screen.findByText("On this phone");
    expect(fetch).toHaveBeenCalledTimes(1);
  });
  test("that has changed since is offered as it is now", async () => {
    const s = card({ notSent: "changed" });
    expect(screen.getByText("Changed on Test desk since")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Get the newer one" }));
    await vi.waitFor(() =>
      expect(s.given).toEqual([["give", { type: "send-file", artifactId: s.artifact.id, newer: true }]]),
    );
  });
  test.each([
    [{ where: "gone" }, "Deleted on Test desk"],
    [{ notSent: "too-large" }, "Too large to be sent. It is on Test desk."],
    [{ notSent: "not-granted" }, "Test desk may no longer use its folder."],
    [{ notSent: "relay-full" }, "The relay has no room for it. It is on Test desk."],
  ] as const)("%j: says why it does not come", (fields, words) => {
    card(fields);
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryByRole("button", { name: /^Get/ })).toBeNull();
  });
  test.each([
    ["offline", "It didn’t arrive: no connection."],
    ["bad-chunk", "It arrived damaged and was not kept."],
    ["unwritable", "This phone is out of space for it."],
  ] as const)("%s: says so and can be fetched again", async (type, words) => {
    const fetch = vi.fn<WorkspaceFiles["fetch"]>(async () => ({ ok: false, error: { type } }));
    card({ blob: BLOB }, { fetch });
    fireEvent.click(screen.getByRole("button", { name: "Get" }));
    await screen.findByText(words);
    fireEvent.click(screen.getByRole("button", { name: "Get again" }));
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
  });
  test("that the relay no longer has is asked for again", async () => {
    const s = card({ blob: BLOB }, { fetch: async () => ({ ok: false, error: { type: "gone" } }) });
    fireEvent.click(screen.getByRole("button", { name: "Get" }));
    fireEvent.click(await screen.findByRole("button", { name: "Get again" }));
    await vi.waitFor(() =>
      expect(s.given).toEqual([["give", { type: "send-file", artifactId: s.artifact.id }]]),
    );
  });
  test("shows its progress and can be cancelled", async () => {
    card(
      { blob: BLOB },
      {
        fetch: (_artifact, { onProgress, signal }) => {
          onProgress(1_000, 2_000);
          return new Promise((resolve) =>
            signal.addEventListener("abort", () => resolve({ ok: false, error: { type: "cancelled" } })),
          );
        },
      },
    );
    fireEvent.click(screen.getByRole("button", { name: "Get" }));
    expect((await screen.findByRole("progressbar")).getAttribute("value")).toBe("1000");
    fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
    await screen.findByRole("button", { name: "Get" });
    expect(screen.queryByRole("progressbar")).toBeNull();
  });
  test("a page is saved, never opened here; a text may be opened", async () => {
    const find = async (): Promise<Blob> => new Blob(["x"]);
    card({ mediaType: "text/html", blob: BLOB }, { find });
    await screen.findByRole("button", { name: "Save" });
    expect(screen.queryByRole("button", { name: "Open" })).toBeNull();
    cleanup();
    card({ mediaType: "text/csv", blob: BLOB }, { find });
    expect(await screen.findByRole("button", { name: "Open" })).toBeTruthy();
  });
});
