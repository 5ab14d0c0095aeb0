import { describe, expect, test } from "bun:test";
import { brotliCompressSync } from "node:zlib";
import { aDevice, someDevices } from "../../test/support/devices.ts";
import { SCRIPT, STYLE } from "./assets.ts";
import { renderConfirmation, renderDevices, renderMessage, renderSignedOut } from "./document.tsx";
import { CONTENT_SECURITY_POLICY } from "./headers.ts";
import type { DevicesView } from "./model.ts";

const BUDGET_BYTES = 20_000;
const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;

describe("every page", () => {
  for (const [name, html] of Object.entries(allPages(viewOf()))) {
    test(`has no inline script, style or handler (${name})`, async () => {
      expect(await inlineCode(html)).toEqual([]);
    });

    test(`has one heading, one main part, a title and a language (${name})`, () => {
      expect(html.match(/<h1\b/g)).toHaveLength(1);
      expect(html.match(/<main\b/g)).toHaveLength(1);
      expect(html).toMatch(/^<!doctype html><html lang="en">.*<title>[^<]+<\/title>/);
    });
  }

  test("keeps markup in names, ids, addresses and messages as text", async () => {
    const device = aDevice({ device_name: EVIL, device_id: EVIL, ip_address: EVIL });
    const view = { ...viewOf(aDevice({ current: true }), device), user_id: EVIL };
    for (const html of Object.values(allPages(view))) {
      expect(await inlineCode(html)).toEqual([]);
      expect(html).not.toContain("<img");
    }
    expect(renderDevices(view)).toContain("<h3><bdi>&quot;>&lt;script>");
  });

  test("isolates names that run from right to left, and spells out what would turn text around", () => {
    const html = renderDevices(
      viewOf(aDevice({ device_name: "מחשב", device_id: "pc\u202E1", ip_address: "\u2067::1" })),
    );
    expect(html).toContain("<h3><bdi>מחשב</bdi></h3>");
    expect(html).toContain("<bdi>pc[U+202E]1</bdi>");
    expect(html).toContain("<bdi>[U+2067]::1</bdi>");
  });

  test("loads the script only where there is something to do for it", () => {
    const { devices, result, ...others } = allPages(viewOf());
    expect(devices).toContain(`src="/a01/devices/assets/${SCRIPT.name}"`);
    expect(result).toContain(`src="/a01/devices/assets/${SCRIPT.name}"`);
    for (const html of Object.values(others)) expect(html).not.toContain("<script");
  });
});

test("HTML, script and style sheet are under 20 kB together, compressed", () => {
  const html = brotliCompressSync(renderDevices(viewOf(...someDevices())));
  const bytes = html.length + SCRIPT.brotli.length + STYLE.brotli.length;
  expect(bytes).toBeLessThan(BUDGET_BYTES);
});

test("the content security policy allows nothing inline and nothing foreign", () => {
  expect(CONTENT_SECURITY_POLICY).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:",
  );
});

test("a list without a current device shows all of them", () => {
  const html = renderDevices(viewOf(aDevice(), aDevice()));
  expect(html.match(/<li /g)).toHaveLength(2);
  expect(html).not.toContain("This device");
});

function viewOf(...sessions: readonly ReturnType<typeof aDevice>[]): DevicesView {
  const listed = sessions.length > 0 ? sessions : someDevices();
  return { base_path: "/a01", as_of: "2026-11-22T12:00:00.000Z", sessions: listed };
}

function allPages(view: DevicesView) {
  const session_id = view.sessions[1]?.session_id ?? "";
  return {
    devices: renderDevices(view),
    result: renderDevices({ ...view, notice: { kind: "closed", device_name: EVIL } }),
    confirmation: renderConfirmation(view, { kind: "close", session_id }),
    "confirmation of all": renderConfirmation(view, { kind: "close-all" }),
    "signed out": renderSignedOut(view.base_path, "no-session"),
    message: renderMessage({ basePath: view.base_path, title: EVIL, body: EVIL }),
  };
}

/** What a strict policy would refuse: scripts and styles with content, style and handler attributes, script links. */
async function inlineCode(html: string): Promise<readonly string[]> {
  const found: string[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element({ tagName, attributes }) {
      const pairs = [...attributes];
      if (tagName === "style") found.push(tagName);
      if (tagName === "script" && !pairs.some(([name]) => name === "src")) found.push(tagName);
      for (const [name, value] of pairs) {
        if (name === "style" || name.startsWith("on")) found.push(`${tagName} ${name}`);
        if (/^\s*javascript:/i.test(value)) found.push(`${tagName} ${name}`);
      }
    },
  });
  await rewriter.transform(new Response(html)).text();
  return found;
}
