/**
 * A reply as markdown, which a model wrote and nobody checked.
 * 1. No HTML of it becomes an element; links are http(s) and mailto only and open outside.
 * 2. No picture is loaded: an address in a reply could carry a secret out.
 */
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { useText } from "./texts.tsx";

const OutsideLink: Components["a"] = ({ href, children }) => (
  <a href={href} target="_blank" rel="noopener noreferrer">
    {children}
  </a>
);

const Unloaded: Components["img"] = ({ alt, src }) => {
  const say = useText();
  return <span className="dh-note">{say("reply.image", { name: alt || String(src) })}</span>;
};

const ScrollingTable: Components["table"] = ({ children }) => (
  <div className="dh-table">
    <table>{children}</table>
  </div>
);

const COMPONENTS: Components = { a: OutsideLink, img: Unloaded, table: ScrollingTable };

export const ReplyText = ({ text }: { readonly text: string }) => (
  <div className="dh-markdown">
    <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={COMPONENTS}>
      {text}
    </Markdown>
  </div>
);
