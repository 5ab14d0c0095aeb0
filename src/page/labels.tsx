/** @jsxImportSource preact */
import { localTime, relativeTime, utcTime } from "./times.ts";
import { visibleText } from "../text/visible-text.ts";

/** A text that came from outside, kept apart from the direction and order of what surrounds it. */
export function Outside({ text }: { readonly text: string }) {
  return <bdi>{visibleText(text)}</bdi>;
}

export interface InstantProps {
  /** RFC 3339. */
  readonly at: string;
  /** "relative" counts from `asOf`; "absolute" is date and time. */
  readonly as: "relative" | "absolute";
  readonly asOf: string;
  /** False on the server and while hydrating, where the reader's time zone is not known: then it is UTC. */
  readonly isLive: boolean;
}

export function Instant({ at, as, asOf, isLive }: InstantProps) {
  if (!isLive) return <time dateTime={at}>{utcTime(at)}</time>;
  const [local, relative] = [localTime(at), relativeTime(at, asOf)];
  const [text, title] = as === "relative" ? [relative, local] : [local, relative];
  return (
    <time dateTime={at} title={title}>
      {text}
    </time>
  );
}
