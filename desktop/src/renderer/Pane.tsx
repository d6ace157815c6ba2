/** A pane beside the thread: its title, what it is for, its cards. */
import type { ReactNode } from "react";

export interface PaneProps {
  readonly title: string;
  readonly lead?: string;
  readonly children: ReactNode;
}

export const Pane = ({ title, lead, children }: PaneProps) => (
  <div className="pane">
    <header className="pane-head">
      <h1>{title}</h1>
      {lead !== undefined && <p>{lead}</p>}
    </header>
    {children}
  </div>
);
