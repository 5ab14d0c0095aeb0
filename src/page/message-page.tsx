/** @jsxImportSource preact */
import { useEffect, useRef } from "preact/hooks";
import { devicesPath } from "./links.ts";

export interface MessagePageProps {
  readonly title: string;
  readonly body: string;
  readonly basePath: string;
  /** The message replaced something: read it out. */
  readonly isFocused?: boolean;
}

/**
 * Says one thing, and offers to look again or to go to the application. That is on this host, because the session cookie
 * is of this host alone.
 */
export function MessagePage({ title, body, basePath, isFocused = false }: MessagePageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isFocused) heading.current?.focus();
  }, [isFocused]);
  return (
    <main class="message">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p>{body}</p>
      <div class="ways">
        <a class="plain" href={devicesPath(basePath)}>
          Reload
        </a>
        <a class="plain" href="/">
          Go to the application
        </a>
      </div>
    </main>
  );
}
