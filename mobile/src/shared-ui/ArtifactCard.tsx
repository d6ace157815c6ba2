/** A file that a run produced: what it is, where it is, and the way to have it here. */
import type { Artifact } from "@deskhand/doc-schema/document";
import { readableBytes } from "@deskhand/doc-schema/views";
import { documentText, image } from "ionicons/icons";
import { useCallback, useEffect, useState } from "react";
import { fileProblemKey } from "./file-problems.ts";
import { Icon } from "./Icon.tsx";
import { en, type TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import { ReplyText } from "./ReplyText.tsx";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMayOrder, useWorkspace } from "./workspace-context.tsx";
import type { FileProblem } from "./workspace.ts";

export const ArtifactCard = ({ artifact }: { readonly artifact: Artifact }) => (
  <div className="dh-card dh-artifact-card">
    <details>
      <summary className="dh-artifact">
        <Icon icon={artifact.mediaType.startsWith("image/") ? image : documentText} />
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
    <Preview artifact={artifact} />
    <FileActions artifact={artifact} />
  </div>
);

/** The desktop drew it; its bytes are shown as a JPEG and as nothing else. */
const Preview = ({ artifact: { name, preview } }: { readonly artifact: Artifact }) => {
  const say = useText();
  if (preview === undefined) return null;
  const { jpeg, width, height } = preview;
  const alt = say("file.preview", { name: plainText(name) });
  return (
    <img
      className="dh-preview"
      src={`data:image/jpeg;base64,${jpeg}`}
      alt={alt}
      width={width}
      height={height}
    />
  );
};

type Stage =
  | { readonly type: "away" }
  /** The desktop was asked for it; `blobId` is of what the relay had before. */
  | { readonly type: "asked"; readonly blobId: string | undefined }
  | { readonly type: "coming"; readonly done: number; readonly abort: AbortController }
  | { readonly type: "here"; readonly file: Blob }
  | { readonly type: "failed"; readonly problem: FileProblem["type"] };

const FileActions = ({ artifact }: { readonly artifact: Artifact }) => {
  const say = useText();
  const desktop = useDesktopName();
  const mayOrder = useMayOrder();
  const { files, orders, desktop: presence } = useWorkspace();
  const { give } = useOrder();
  const [stage, setStage] = useState<Stage>({ type: "away" });
  const { byteLength, blob, notSent } = artifact;
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
  const abort = stage.type === "coming" ? stage.abort : undefined;
  useEffect(() => () => abort?.abort(), [abort]);
  const start = useCallback((): void => {
    if (files === undefined) return;
    const abort = new AbortController();
    setStage({ type: "coming", done: 0, abort });
    const run = async (): Promise<void> => {
      const got = await files.fetch(artifact, {
        signal: abort.signal,
        onProgress: (done) => setStage({ type: "coming", done, abort }),
      });
      if (got.ok) setStage({ type: "here", file: got.value });
      else if (got.error.type === "cancelled") setStage({ type: "away" });
      else setStage({ type: "failed", problem: got.error.type });
    };
    run().catch(() => setStage({ type: "failed", problem: "unwritable" }));
  }, [files, artifact]);
  /** What was asked for has come to the relay. */
  const hasCome = stage.type === "asked" && blob !== undefined && blob.id !== stage.blobId;
  useEffect(() => {
    if (hasCome) queueMicrotask(start);
  }, [hasCome, start]);
  if (files === undefined) return null;

  const ask = (newer: boolean): void => {
    const order = { type: "send-file" as const, artifactId: artifact.id, ...(newer ? { newer } : {}) };
    void give(() => orders.give(order)).then(
      (given) => given && setStage({ type: "asked", blobId: blob?.id }),
    );
  };
  const size = readableBytes(byteLength);
  const words = (text: string, label?: TextKey, onAction?: () => void) => (
    <div className="dh-file">
      <span className="dh-note">{text}</span>
      {label !== undefined && (
        <button type="button" className="dh-button small" onClick={onAction}>
          {say(label)}
        </button>
      )}
    </div>
  );
  switch (stage.type) {
    case "away":
      if (blob !== undefined) return words(size, "file.get", start);
      if (artifact.where === "gone") return words(say("file.gone", { desktop }));
      if (notSent !== undefined)
        return notSent === "changed" && mayOrder
          ? words(say("file.changed", { desktop }), "file.get-newer", () => ask(true))
          : words(say(notSentKey(notSent), { desktop }));
      return mayOrder
        ? words(say("file.on-desktop", { size, desktop }), "file.get", () => ask(false))
        : words(say("file.on-desktop", { size, desktop }));
    case "asked":
      if (notSent !== undefined && notSent !== "changed") return words(say(notSentKey(notSent), { desktop }));
      return words(
        say(presence().online ? "file.asked" : "file.asked-later", { desktop }),
        "file.cancel",
        () => setStage({ type: "away" }),
      );
    case "coming":
      return (
        <div className="dh-file" role="status">
          <progress max={byteLength} value={stage.done} aria-label={say("file.get")} />
          <span className="dh-note">{say("file.coming", { done: readableBytes(stage.done), size })}</span>
          <button type="button" className="dh-button small" onClick={() => stage.abort.abort()}>
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
          <button
            type="button"
            className="dh-button small"
            onClick={() => (stage.problem === "gone" && mayOrder ? ask(false) : start())}
          >
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

/** A word that this version does not know is said plainly. */
const notSentKey = (why: string): TextKey =>
  Object.hasOwn(en, `file.not-sent.${why}`)
    ? (`file.not-sent.${why}` as TextKey)
    : "file.not-sent.unreadable"; // hasOwn is the check

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
