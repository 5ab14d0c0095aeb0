# docker build -t session-manager .
# docker run -it --publish 8090:8090 --rm --name session --link redis session-manager
# docker exec session cat /data/api-key

FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json bunfig.toml tsconfig.json ./
RUN npm ci
COPY scripts ./scripts
COPY src ./src
RUN npm run build:service
RUN mkdir empty

FROM debian:12-slim
COPY --from=build /build/dist/sessionsrv.elf64 /usr/local/bin/sessionsrv
COPY --from=build --chown=10001:10001 --chmod=0700 /build/empty /data
USER 10001:10001
# Without a Redis, ./data/sessions.db is /data/sessions.db.
WORKDIR /
VOLUME /data
# A container must listen on all addresses, so it never runs without an API key.
ENV SESSION_HOST=0.0.0.0 SESSION_FIRST_KEY_FILE=/data/api-key
EXPOSE 8090
# Alive, not ready: when Redis is away, a restart here mends nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["sessionsrv", "healthcheck", "--live"]
ENTRYPOINT ["sessionsrv"]
