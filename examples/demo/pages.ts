/** The log-in form. */
export function loginPage(problem?: string): string {
  return document(
    "Sign in",
    `<h1>Sign in</h1>
     ${problem === undefined ? "" : `<p role="alert">${Bun.escapeHTML(problem)}</p>`}
     <form method="post" action="/login">
       <label for="name">Your name</label>
       <input id="name" name="name" value="ada" required maxlength="64" autocomplete="username" />
       <button>Sign in</button>
     </form>
     <p class="hint">Any name will do, and there is no password: a real application asks its auth server here.</p>`,
  );
}

/** For who is signed in. */
export function homePage(userId: string): string {
  return document(
    "Sample application",
    `<h1>Hello, <bdi>${Bun.escapeHTML(userId)}</bdi></h1>
     <p>You are signed in here. A sample phone and a sample laptop have signed in with the same name.</p>
     <nav><a class="button" href="/a01/devices">Your devices</a></nav>
     <form method="post" action="/logout"><button class="plain">Sign out</button></form>
     <p class="hint">Sign in with the same name in another browser or in a private window, and sign it out from here.
     It is out at its next click.</p>`,
  );
}

export function messagePage(title: string, body: string): string {
  return document(
    title,
    `<h1>${Bun.escapeHTML(title)}</h1><p>${Bun.escapeHTML(body)}</p><nav><a class="button" href="/">Home</a></nav>`,
  );
}

function document(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${Bun.escapeHTML(title)}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body><main>${main}</main></body>
</html>`;
}

export const STYLE = `
:root { color-scheme: light dark; }
body {
  margin: 0;
  background: light-dark(#f4f6f8, #101317);
  color: light-dark(#1c2128, #e7eaee);
  font: 1rem/1.5 system-ui, "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
main {
  box-sizing: border-box;
  max-width: 26rem;
  margin: 12vh auto 0;
  padding: 2rem;
  border: 1px solid light-dark(#d9dfe5, #2d333c);
  border-radius: 20px;
  background: light-dark(#fff, #191d23);
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; }
form, nav { margin: 1rem 0 0; }
label { display: block; font-weight: 600; }
input, button, .button {
  display: block;
  box-sizing: border-box;
  width: 100%;
  min-height: 44px;
  margin-top: 0.5rem;
  padding: 0.5rem 1rem;
  border: 1px solid light-dark(#868e97, #7a838f);
  border-radius: 22px;
  background: transparent;
  color: inherit;
  font: inherit;
  text-align: center;
  text-decoration: none;
}
input { border-radius: 8px; text-align: start; }
button, .button {
  border-color: transparent;
  background: light-dark(#0b57d0, #8ab4f8);
  color: light-dark(#fff, #0b1d3a);
  cursor: pointer;
}
button.plain { border-color: light-dark(#868e97, #7a838f); background: transparent; color: inherit; }
:focus-visible { outline: 3px solid light-dark(#0b57d0, #8ab4f8); outline-offset: 2px; }
[role="alert"] { color: light-dark(#b3261e, #ffb4ab); }
.hint { color: light-dark(#57606a, #a3acb8); font-size: 0.875rem; }
`;
