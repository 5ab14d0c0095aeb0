/** Where everything is. */
export const SETTINGS = {
  port: Number(process.env["PORT"] ?? "3000"),
  /** As browsers see this application. */
  origin: process.env["APP_ORIGIN"] ?? "http://localhost:3000",
  sessionUrl: process.env["SESSION_URL"] ?? "http://localhost:8090/a01",
  sessionApiKey: process.env["SESSION_API_KEY"],
  /** The API that the browser may not call itself. */
  ordersUrl: process.env["ORDERS_URL"] ?? "http://localhost:4000/orders",
  authServer: {
    url: process.env["AUTH_SERVER_URL"] ?? "http://localhost:5000",
    clientId: process.env["AUTH_CLIENT_ID"] ?? "backend",
    clientSecret: process.env["AUTH_CLIENT_SECRET"] ?? "",
    /** Its name in the service's SESSION_ISSUERS: the service refreshes the tokens then. */
    issuer: process.env["AUTH_ISSUER"],
  },
};
