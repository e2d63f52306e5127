# SPDX-License-Identifier: Apache-2.0
# The image: Node, the bundle, and nothing else. No shell, no package manager, no node_modules.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag <name>:<version> .
#
# The bundle is JavaScript, so it is built once, on the machine that builds; the base alone differs from one
# architecture to the next, and nothing is run in it.

# By tag, for a digest is known only to who asks the registry. A release asks, and gives both as build
# arguments (docs/release.md). The first is the version of Node that the tests run with.
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-trixie-slim
ARG BASE_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM --platform=$BUILDPLATFORM $BUILD_IMAGE AS build
WORKDIR /source
COPY package.json package-lock.json ./
# No scripts of packages: esbuild needs none, and Node is there.
RUN npm install --no-save --no-audit --no-fund --ignore-scripts
COPY LICENSE tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/bundle.ts && node scripts/stage-image.ts /staged

FROM $BASE_IMAGE
LABEL org.opencontainers.image.title=gmsa-operator \
      org.opencontainers.image.description="Group Managed Service Accounts (GMSA) for Windows pods" \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /staged/ /
# Short-lived objects get about 12 MB. Node.js itself limits the old generation to half of the container's memory.
ENV NODE_OPTIONS=--max-semi-space-size=4
USER 65532:65532
# The arguments are those of the Deployment, beginning with `run`.
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/main.js"]
