import { sessions } from "../../../lib/sessions.ts";

export const GET = sessions.required((request) => {
  const { userId, sessionId } = sessions.of(request);
  return Response.json({ user: userId, session: sessionId });
});
