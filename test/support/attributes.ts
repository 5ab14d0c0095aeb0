/** One of every attribute. */
export const ATTRIBUTES = {
  device_id: "phone",
  auth_code: "code-1",
  access_token: "access-1",
  refresh_token: "refresh-1",
  expiration_time: 3600,
  user_email: "james@example.org",
} as const;
