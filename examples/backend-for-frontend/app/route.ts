/** The page: plain HTML and one script, which calls this application alone. */
export function GET(): Response {
  return new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
}

const PAGE = `<!doctype html><html lang="en"><title>Backend for frontend</title>
<h1>Orders</h1>
<p><a href="/login">Sign in</a></p>
<form method="post" action="/logout"><button>Sign out</button></form>
<pre id="orders">…</pre>
<script type="module">
const answer = await fetch("/api/orders");
document.querySelector("#orders").textContent = answer.ok ? await answer.text() : "Please sign in.";
</script></html>`;
