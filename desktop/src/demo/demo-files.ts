/** What lies in the demo folder: a small mess to sort, sheets to sum up, notes to find. Always the same bytes and dates. */
import { crc32 } from "node:zlib";
import { encodePng, type Picture } from "./png.ts";

export interface DemoFile {
  /** Relative to the demo folder, "/" between parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** In the computer's own zone, so that the date agrees with the name. */
  readonly modified: Date;
}

export const demoFiles = (): readonly DemoFile[] => [
  ...screenshots(),
  ...photos(),
  ...[1, 2, 3].map((n) => text(`Downloads/download-${n}.tmp`, `left over ${n}\n`, at(4, 9, n))),
  { path: "Downloads/templates.zip", bytes: storedZip("template.txt", "Dear …\n"), modified: at(6, 11) },
  { path: "Downloads/manual.pdf", bytes: onePagePdf("Manual"), modified: at(7, 15) },
  text("Downloads/notes.txt", "Call the printer about the posters.\nOrder paper.\n", at(10, 8)),
  ...SALES.map(([month, rows], n) =>
    text(`Reports/sales-2026-${month}.csv`, `region,product,units,revenue\n${rows}\n`, at(1, 9, n)),
  ),
  text("Data/orders.csv", `date,orders,amount\n${ORDERS.join("\n")}\n`, at(16, 18)),
  text("Data/visitors.csv", `date,visitors\n${VISITORS.join("\n")}\n`, at(16, 18)),
  text("Notes/ideas.md", "# Ideas\n\n- A poster for the spring sale\n- Ask Acme for samples\n", at(3, 18)),
  text("Notes/meeting.md", "# Meeting\n\nBudget for the posters: 1,200.\n", at(12, 10)),
];

/** A day of November 2026. */
const at = (day: number, hour: number, minute = 0, second = 0): Date =>
  new Date(2026, 10, day, hour, minute, second);

const text = (path: string, content: string, modified: Date): DemoFile => ({
  path,
  bytes: Buffer.from(content),
  modified,
});

const DAYS = [2, 3, 5, 9, 12, 16];
const HOURS = [9, 10, 14, 17];
const twoDigits = (n: number): string => String(n).padStart(2, "0");

/** Four on each of six days. */
const screenshots = (): readonly DemoFile[] =>
  DAYS.flatMap((day) =>
    HOURS.map((hour, n): DemoFile => {
      const [minute, second] = [(day * 7 + n * 11) % 60, (day * 13 + n * 17) % 60];
      const time = [hour, minute, second].map(twoDigits).join(".");
      return {
        path: `Downloads/Screenshot 2026-11-${twoDigits(day)} at ${time}.png`,
        bytes: encodePng(pictureOf(day, n, 64, 40)),
        modified: at(day, hour, minute, second),
      };
    }),
  );

const photos = (): readonly DemoFile[] =>
  [1, 2, 3, 4, 5, 6].map((n) => ({
    path: `Photos/IMG_202611${twoDigits(n * 2)}_1015${twoDigits(n)}.png`,
    bytes: encodePng(pictureOf(n, n % 4, 60, 60)),
    modified: at(n * 2, 10, 15, n),
  }));

/** A colour of its own for each. */
const pictureOf = (day: number, n: number, width: number, height: number): Picture => ({
  width,
  height,
  frame: [40 + day * 10, 60 + n * 40, 120],
  inside: [250 - n * 30, 240 - day * 5, 200 + day],
});

const SALES: readonly (readonly [month: string, rows: string])[] = [
  ["08", "North,Poster,12,240.10\nSouth,Poster,7,140.20\nNorth,Card,120,84.00\nEast,Card,60,42.30"],
  ["09", "North,Poster,15,300.10\nSouth,Card,90,63.20\nEast,Poster,4,80.00\nWest,Card,33,23.10"],
  ["10", 'South,Poster,21,"1,420.20"\nNorth,Card,140,98.10\nWest,Poster,6,120.00\nEast,Card,75,52.50'],
];

/** Two weeks and the Monday after. */
const ORDERS = [
  "2026-11-02,4,96.40",
  "2026-11-05,7,180.10",
  "2026-11-10,9,214.00",
  "2026-11-12,6,131.50",
  "2026-11-16,3,60.00",
];
const VISITORS = ["2026-11-03,41", "2026-11-06,38", "2026-11-11,57", "2026-11-13,49", "2026-11-16,22"];

/** One file, not compressed (APPNOTE 4.3). The date fields hold 1 November 2026. */
const storedZip = (name: string, content: string): Uint8Array => {
  const [title, data] = [Buffer.from(name), Buffer.from(content)];
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0); // version needed
  facts.writeUInt16LE(((2026 - 1980) << 9) | (11 << 5) | 1, 8);
  facts.writeUInt32LE(crc32(data), 10);
  facts.writeUInt32LE(data.length, 14);
  facts.writeUInt32LE(data.length, 18);
  facts.writeUInt16LE(title.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), facts, title, data]);
  const madeBy = Buffer.from([20, 0]);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02", "latin1"),
    madeBy,
    facts,
    Buffer.alloc(14),
    title,
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from("PK\x05\x06", "latin1"), end]);
};

const onePagePdf = (title: string): Uint8Array => {
  const drawn = `BT /F1 24 Tf 72 720 Td (${title}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let body = "%PDF-1.4\n";
  const places = objects.map((object, n) => {
    const place = body.length;
    body += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join("")}`;
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.from(body + table + trailer, "latin1");
};
