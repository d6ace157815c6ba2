import { LateList } from "@deskhand/mobile/shared-ui";
import { putMeta, type Meta } from "@deskhand/doc-schema/document";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);

test("what came late is shown once, newest first, as not carried out; hidden characters of it are not obeyed", () => {
  const s = createScreens();
  const { deviceId } = s.phone;
  const late: NonNullable<Meta["late"]> = [
    { id: "msg_1", deviceId, at: 1, kind: "message", text: "Delete all" },
    { id: "tsk_1", deviceId, at: 1, kind: "task", text: "Delete all" },
    { id: "int_1", deviceId, at: 2, kind: "intent" },
    { id: "new_1", deviceId, at: 3, kind: "of a later version", text: "a\u202eb" },
  ];
  putMeta(s.doc, { late });
  s.show(<LateList />);
  const rows = screen.getAllByRole("listitem").map(({ textContent }) => textContent ?? "");
  expect(rows).toHaveLength(3);
  expect(rows.map((row) => row.includes("Not carried out"))).toEqual([true, true, true]);
  expect(rows[0]).not.toContain("\u202e");
  expect(rows[0]).toContain("Something unknown");
  expect(rows[1]).toContain("An order");
  expect(rows[2]).toContain("Delete all");
});
