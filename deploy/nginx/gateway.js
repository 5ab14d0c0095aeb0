// njs, the JavaScript of nginx. https://nginx.org/en/docs/njs/

const SESSION_COOKIE = /^[ \t]*__Host-session[ \t]*(=|$)/i;

// A path of this site and no other: "//host", "/\host" and their encoded spellings can mean another host.
const OWN_PATH = /^\/(?!\/|\\|%2f|%5c)/i;

// The redirect comes back as one request line, which nginx takes up to 8 kB by default.
const LONGEST = 4096;

/** The Cookie header without the session cookie, however often and in whatever case it is there. */
function applicationCookies(r) {
  const all = r.variables.http_cookie || '';
  return all.split(';').filter((cookie) => !SESSION_COOKIE.test(cookie)).join(';').trim();
}

/** The path and query that were asked for, encoded to be the value of a query parameter. */
function returnTo(r) {
  const asked = r.variables.request_uri;
  if (!OWN_PATH.test(asked)) return '%2F';
  const encoded = encodeURIComponent(asked);
  return encoded.length > LONGEST ? '%2F' : encoded;
}

/** A 2xx of a check that does not name a session is some other server's: no decision. */
function onlyDecisions(r) {
  const isDecision = r.status === 200 && r.headersOut['X-Session-Id'];
  if (r.status < 300 && r.variables.needs_session === '1' && !isDecision) r.status = 503;
}

export default { applicationCookies, onlyDecisions, returnTo };
