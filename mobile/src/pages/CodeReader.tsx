/** The welcome, and three ways to a pairing code: camera, link, picture. */
import { camera, image } from "ionicons/icons";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { readPicture, startScanner, type CameraProblem } from "../device/qr-scanner.ts";
import type { PhoneKey } from "../locales/en.ts";
import { Icon } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

interface CodeReaderProps {
  readonly problem: PhoneKey | undefined;
  readonly onText: (text: string) => void;
}

export const CodeReader = ({ problem, onText }: CodeReaderProps) => {
  const say = usePhoneText();
  const [isScanning, setScanning] = useState(false);
  const [trouble, setTrouble] = useState<PhoneKey>();
  const shown = trouble ?? problem;
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await readPicture(file);
    setTrouble(text === undefined ? "picture.none" : undefined);
    if (text !== undefined) onText(text);
  };
  return (
    <>
      <img src="/icon.svg" alt="" />
      <h1>{say("welcome.title")}</h1>
      <p>{say("welcome.body")}</p>
      {shown !== undefined && (
        <p className="dh-problem" role="alert">
          {say(shown)}
        </p>
      )}
      {isScanning ? (
        <Camera
          onText={(text) => {
            setScanning(false);
            setTrouble(undefined);
            onText(text);
          }}
          onEnd={(error) => {
            setScanning(false);
            setTrouble(error === undefined ? undefined : `camera.${error}`);
          }}
        />
      ) : (
        <button type="button" className="dh-button primary" onClick={() => setScanning(true)}>
          <Icon icon={camera} />
          {say("welcome.scan")}
        </button>
      )}
      <p className="dh-note">{say("welcome.where")}</p>
      <LinkForm
        onText={(text) => {
          setTrouble(undefined);
          onText(text);
        }}
      />
      <label className="dh-button file">
        <Icon icon={image} />
        {say("welcome.picture")}
        <input
          type="file"
          accept="image/*"
          aria-label={say("welcome.picture")}
          onChange={(event) => void choose(event.target.files?.[0])}
        />
      </label>
    </>
  );
};

const LinkForm = ({ onText }: Pick<CodeReaderProps, "onText">) => {
  const say = usePhoneText();
  const [link, setLink] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (link.trim() !== "") onText(link);
  };
  return (
    <form onSubmit={submit}>
      <label>
        {say("welcome.link")}
        <input
          type="text"
          value={link}
          placeholder={say("welcome.link-hint")}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setLink(event.target.value)}
        />
      </label>
      <button type="submit" className="dh-button" disabled={link.trim() === ""}>
        {say("welcome.open")}
      </button>
    </form>
  );
};

interface CameraProps {
  readonly onText: (text: string) => void;
  readonly onEnd: (error: CameraProblem | undefined) => void;
}

const Camera = ({ onText, onEnd }: CameraProps) => {
  const say = usePhoneText();
  const video = useRef<HTMLVideoElement>(null);
  const handlers = useRef({ onText, onEnd });
  useEffect(() => {
    handlers.current = { onText, onEnd };
  }, [onText, onEnd]);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isGone = false;
    const start = async (): Promise<void> => {
      if (video.current === null) return;
      const started = await startScanner(video.current, (text) => handlers.current.onText(text));
      if (!started.ok) handlers.current.onEnd(started.error.type);
      else if (isGone) started.value.stop();
      else ({ stop } = started.value);
    };
    void start();
    return () => {
      isGone = true;
      stop?.();
    };
  }, []);
  return (
    <>
      <video ref={video} muted playsInline aria-label={say("camera.hint")} />
      <p className="dh-note">
        {say("camera.hint")} · {say("camera.ask")}
      </p>
      <button type="button" className="dh-button" onClick={() => onEnd(undefined)}>
        {say("camera.stop")}
      </button>
    </>
  );
};
