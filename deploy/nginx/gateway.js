// njs, the JavaScript of nginx. https://nginx.org/en/docs/njs/

// With whatever is no visible ASCII around the name: a browser takes a no-break space for a part of it, so any subdomain
// may set such a cookie, and many applications trim it away.
const SESSION_COOKIE = /^[^!-~]*__Host-session[^!-~]*(=|$)/i;

// "//host", "/\host" and their encoded spellings can mean another host, also where only "." or ".." keep them apart.
const OTHER_HOST = /^[^?]*(\/|\\|%2f|%5c)(\.|%2e){0,2}(\/|\\|%2f|%5c)/i;

// The redirect comes back as one request line, which nginx takes up to 8 kB by default.
const LONGEST = 4096;

/** The Cookie header without the session cookie, however often and in whatever case it is there. */
function applicationCookies(r) {
  const all = r.variables.http_cookie || '';
  return all.split(';').filter((cookie) => !SESSION_COOKIE.test(cookie)).join(';').replace(/^[ \t]+/, '');
}

/** The path and query that were asked for, encoded to be the value of a query parameter. */
function returnTo(r) {
  const asked = r.variables.request_uri;
  if (asked[0] !== '/' || OTHER_HOST.test(asked)) return '%2F';
  const encoded = encodeURIComponent(asked);
  return encoded.length > LONGEST ? '%2F' : encoded;
}

/** A 2xx of a check that does not name a session is some other server's: no decision. */
function onlyDecisions(r) {
  const isDecision = r.status === 200 && r.headersOut['X-Session-Id'];
  if (r.status < 300 && r.variables.needs_session === '1' && !isDecision) r.status = 503;
}

export default { applicationCookies, onlyDecisions, returnTo };
