/** Text that is HTML already. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | undefined | Html | readonly Html[];

/** Builds HTML; what is filled in is escaped unless it is Html. Undefined is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, at) => text + sourceOf(parts[at])).join(""));
}

/** Paragraphs with `code` in them, the little of Markdown that our descriptions use. */
export function prose(text: string | undefined): Html {
  const paragraphs = (text ?? "").split(/\n{2,}/).filter((paragraph) => paragraph !== "");
  return html`${paragraphs.map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`;
}

/** One line with `code` in it. */
export function inline(text: string | undefined): Html {
  const pieces = (text ?? "").split("`");
  return html`${pieces.map((piece, at) => (at % 2 === 0 ? html`${piece}` : html`<code>${piece}</code>`))}`;
}

function sourceOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.source;
  if (typeof part === "object") return part.map((one) => one.source).join("");
  return String(part).replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
