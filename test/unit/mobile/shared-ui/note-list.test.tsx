import { NoteList } from "@deskhand/mobile/shared-ui";
import { putMeta } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);

const createNotes = () => {
  const s = createScreens();
  putMeta(s.doc, { notes: [{ name: "Invoices", text: "They lie in Bills/2026." }] });
  return s;
};

describe("notes", () => {
  test("without any it says what they would be", () => {
    createScreens().show(<NoteList />);
    expect(screen.getByText(/^Nothing\. A task may note down/)).toBeTruthy();
  });

  test("one is shown whole, changed by an order, and what was typed stays when that could not be stored", async () => {
    const s = createNotes();
    s.show(<NoteList />);
    expect(screen.getByText("They lie in Bills/2026.")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Change" }));
    const field = screen.getByRole("textbox", { name: "Invoices" });
    const save = screen.getByRole<HTMLButtonElement>("button", { name: "Save" });
    expect(save.disabled).toBe(true);
    fireEvent.change(field, { target: { value: "They lie in Bills." } });
    s.state.failWith = "disk";
    fireEvent.click(save);
    await screen.findByText("It could not be saved. Nothing was changed.");
    expect(field).toHaveProperty("value", "They lie in Bills.");
    s.state.failWith = undefined;
    fireEvent.click(save);
    await waitFor(() =>
      expect(s.given).toEqual([["give", { type: "note-set", name: "Invoices", text: "They lie in Bills." }]]),
    );
  });

  test("deleting is an empty text; a device that only reads changes nothing", async () => {
    const s = createNotes();
    s.show(<NoteList />);
    fireEvent.click(screen.getByRole("button", { name: "Delete" }));
    await waitFor(() =>
      expect(s.given).toEqual([["give", { type: "note-set", name: "Invoices", text: "" }]]),
    );
    cleanup();
    s.state.access = { type: "removed", at: 1 };
    s.show(<NoteList />);
    expect(screen.queryByRole("button")).toBeNull();
  });
});
