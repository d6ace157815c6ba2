/** A file that a run produced: what it is, where it is, and the way to have it here. */
import type { Artifact } from "@deskhand/doc-schema/document";
import { readableBytes } from "@deskhand/doc-schema/views";
import { documentText } from "ionicons/icons";
import { useEffect, useRef, useState } from "react";
import { fileProblemKey } from "./file-problems.ts";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { ReplyText } from "./ReplyText.tsx";
import { useText } from "./texts.tsx";
import { useDesktopName, useWorkspace } from "./workspace-context.tsx";
import type { FileProblem } from "./workspace.ts";

export const ArtifactCard = ({ artifact }: { readonly artifact: Artifact }) => (
  <div className="dh-card dh-artifact-card">
    <details>
      <summary className="dh-artifact">
        <Icon icon={documentText} />
        <span>
          <strong>{plainText(artifact.name)}</strong>
          <span className="dh-note">{plainText(artifact.path)}</span>
        </span>
      </summary>
      {artifact.excerpt !== undefined &&
        (artifact.mediaType === "text/markdown" ? (
          <ReplyText text={artifact.excerpt} />
        ) : (
          <pre className="dh-pre">{artifact.excerpt}</pre>
        ))}
    </details>
    <FileActions artifact={artifact} />
  </div>
);

type Stage =
  | { readonly type: "away" }
  | { readonly type: "coming"; readonly done: number }
  | { readonly type: "here"; readonly file: Blob }
  | { readonly type: "failed"; readonly problem: FileProblem["type"] };

const FileActions = ({ artifact }: { readonly artifact: Artifact }) => {
  const say = useText();
  const desktop = useDesktopName();
  const { files } = useWorkspace();
  const [stage, setStage] = useState<Stage>({ type: "away" });
  const cancel = useRef<AbortController>(undefined);
  const { byteLength } = artifact;
  useEffect(() => {
    let isGone = false;
    const look = async (): Promise<void> => {
      const file = await files?.find(artifact);
      if (file !== undefined && !isGone) setStage({ type: "here", file });
    };
    void look();
    return () => {
      isGone = true;
    };
  }, [files, artifact]);
  useEffect(() => () => cancel.current?.abort(), []);
  if (files === undefined) return null;
  const size = readableBytes(byteLength);
  if (artifact.where === "gone" && stage.type !== "here")
    return <p className="dh-note">{say("file.gone", { desktop })}</p>;
  if (artifact.blob === undefined && stage.type !== "here")
    return <p className="dh-note">{say("file.on-desktop", { size, desktop })}</p>;

  const fetchFile = async (): Promise<void> => {
    cancel.current = new AbortController();
    setStage({ type: "coming", done: 0 });
    const got = await files.fetch(artifact, {
      signal: cancel.current.signal,
      onProgress: (done) => setStage({ type: "coming", done }),
    });
    if (got.ok) setStage({ type: "here", file: got.value });
    else
      setStage(
        got.error.type === "cancelled" ? { type: "away" } : { type: "failed", problem: got.error.type },
      );
  };
  const start = (): void => void fetchFile().catch(() => setStage({ type: "failed", problem: "unwritable" }));
  switch (stage.type) {
    case "away":
      return (
        <div className="dh-file">
          <span className="dh-note">{size}</span>
          <button type="button" className="dh-button small" onClick={start}>
            {say("file.get")}
          </button>
        </div>
      );
    case "coming":
      return (
        <div className="dh-file" role="status">
          <progress max={byteLength} value={stage.done} aria-label={say("file.get")} />
          <span className="dh-note">{say("file.coming", { done: readableBytes(stage.done), size })}</span>
          <button type="button" className="dh-button small" onClick={() => cancel.current?.abort()}>
            {say("file.cancel")}
          </button>
        </div>
      );
    case "failed":
      return (
        <div className="dh-file">
          <span className="dh-problem" role="alert">
            {say(fileProblemKey(stage.problem))}
          </span>
          <button type="button" className="dh-button small" onClick={start}>
            {say("file.get-again")}
          </button>
        </div>
      );
    case "here":
      return (
        <Here
          artifact={artifact}
          file={stage.file}
          onRemove={() => void files.remove(artifact).then(() => setStage({ type: "away" }))}
        />
      );
  }
};

/** A kind that a browser would run as a page of this app is saved, never opened here. */
const OPENS = /^(image\/(png|jpeg|gif|webp)|text\/(plain|csv|markdown)|application\/pdf)$/;

const Here = ({
  artifact,
  file,
  onRemove,
}: {
  readonly artifact: Artifact;
  readonly file: Blob;
  readonly onRemove: () => void;
}) => {
  const say = useText();
  const { name, mediaType } = artifact;
  const open = (isSaving: boolean): void => {
    const shown = mediaType.startsWith("text/") ? "text/plain;charset=utf-8" : mediaType;
    const url = URL.createObjectURL(file.slice(0, file.size, isSaving ? "application/octet-stream" : shown));
    const link = document.createElement("a");
    link.href = url;
    link.rel = "noopener";
    if (isSaving) link.download = name;
    else link.target = "_blank";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return (
    <div className="dh-file">
      <span className="dh-note">{say("file.here")}</span>
      {OPENS.test(mediaType) && (
        <button type="button" className="dh-button small" onClick={() => open(false)}>
          {say("file.open")}
        </button>
      )}
      <button type="button" className="dh-button small" onClick={() => open(true)}>
        {say("file.save")}
      </button>
      <button type="button" className="dh-button plain" onClick={onRemove}>
        {say("file.forget")}
      </button>
    </div>
  );
};
