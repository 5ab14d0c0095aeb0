import { describe, expect, test } from "bun:test";
import { Html, html, inline, prose } from "./markup.ts";

describe("markup", () => {
  test("escapes what is filled in, also inside attributes", () => {
    const evil = `<script>"&'`;
    const escaped = "&#60;script&#62;&#34;&#38;&#39;";
    expect(html`<p title="${evil}">${evil}</p>`.source).toBe(
      `<p title="${escaped}">${escaped}</p>`,
    );
  });

  test("takes HTML, lists of it, numbers and nothing as they are", () => {
    const bold = html`<b>x</b>`;
    expect(html`${bold}${[bold, bold]}${7}${undefined}`.source).toBe("<b>x</b><b>x</b><b>x</b>7");
    expect(html`${new Html("<hr>")}`.source).toBe("<hr>");
  });

  test("knows code and paragraphs, and escapes inside them", () => {
    expect(inline("a `<b>` c").source).toBe("a <code>&#60;b&#62;</code> c");
    expect(prose("one\n\ntwo `x`\n\n").source).toBe("<p>one</p><p>two <code>x</code></p>");
    expect(prose(undefined).source).toBe("");
  });
});
