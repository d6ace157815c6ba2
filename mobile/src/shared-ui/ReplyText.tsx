/**
 * A reply as markdown, which a model wrote and nobody checked.
 * 1. No HTML of it becomes an element; links are http(s) and mailto only and open outside.
 * 2. No picture is loaded: an address in a reply could carry a secret out.
 */
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { useText } from "./texts.tsx";

export const ReplyText = ({ text }: { readonly text: string }) => {
  const say = useText();
  const components: Components = {
    a: ({ href, children }) => (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    ),
    img: ({ alt, src }) => (
      <span className="dh-note">{say("reply.image", { name: alt || String(src) })}</span>
    ),
    table: ({ children }) => (
      <div className="dh-table">
        <table>{children}</table>
      </div>
    ),
  };
  return (
    <div className="dh-markdown">
      <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={components}>
        {text}
      </Markdown>
    </div>
  );
};
