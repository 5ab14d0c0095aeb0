import { sessions } from "../../lib/sessions.ts";

export const POST = sessions.optional(async (request) => {
  const { headers } = await sessions.logout(request);
  return new Response(null, { status: 303, headers: { ...headers, location: "/" } });
});
