/** Line icons on a 24 grid, drawn in the colour of the text beside them. */
const PATHS = {
  thread: "M5 5h14v10H10l-5 4z",
  approvals: "M12 3l7 3v5c0 4.6-2.9 8.2-7 10-4.1-1.8-7-5.4-7-10V6z M9 12l2.2 2.2L15.5 10",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z M11 18h2",
  folders: "M3.5 7a1 1 0 0 1 1-1H9l2 2.5h8.5a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1z",
  search: "M10.5 4.5a6 6 0 1 1 0 12a6 6 0 0 1 0-12z M15 15l5 5",
  relays:
    "M12 13.5a1.5 1.5 0 1 1 0-3a1.5 1.5 0 0 1 0 3z M8.5 15.5a5 5 0 0 1 0-7 M15.5 8.5a5 5 0 0 1 0 7 M5.6 18.4a9 9 0 0 1 0-12.8 M18.4 5.6a9 9 0 0 1 0 12.8",
  recovery: "M8.5 19.5a4 4 0 1 1 0-8a4 4 0 0 1 0 8z M11.4 12.6L19 5 M15.5 8.5l2.5 2.5 M18 6l2 2",
  alarm: "M12 4l9 16H3z M12 10v4.5 M12 17.2v.3",
  settings:
    "M4 7h9 M17 7h3 M4 17h3 M11 17h9 M15 5a2 2 0 1 1 0 4a2 2 0 0 1 0-4z M9 15a2 2 0 1 1 0 4a2 2 0 0 1 0-4z",
  stop: "M7 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z",
  play: "M8 5.5v13l11-6.5z",
  plus: "M12 5v14 M5 12h14",
  desktop: "M4 5h16v11H4z M9 20h6 M12 16v4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 9.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5z",
  back: "M14.5 6l-6 6 6 6",
  forward: "M9.5 6l6 6-6 6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  window: "M4 5h16v14H4z M4 9h16",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    aria-hidden="true"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.7"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={PATHS[name]} />
  </svg>
);
