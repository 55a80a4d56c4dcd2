# The bot as a container: `docker build .` or `buildah bud --format docker .`
#
#   LOCK     requirements.lock (lean) or requirements-demo.lock (with the sandbox's video encoder, +95 MB)
#   VERSION  for the label; the source of it is bot/__init__.py
#   CA_CERT  a certificate authority of your own, as PEM text, for networks that inspect TLS while building:
#            docker build --build-arg CA_CERT="$(cat your-ca.pem)" .
#   PLATFORM linux/amd64 or linux/arm64
#   BASE     the same image under another registry's name
ARG PLATFORM=linux/amd64
ARG BASE=docker.io/library/python:3.12.11-slim-bookworm

# hadolint ignore=DL3029
FROM --platform=${PLATFORM} ${BASE} AS build
ARG CA_CERT=""
ARG LOCK=requirements.lock
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
SHELL ["/bin/sh", "-euc"]
RUN if [ -n "${CA_CERT}" ]; then \
      printf '%s\n' "${CA_CERT}" > /usr/local/share/ca-certificates/build.crt; \
      update-ca-certificates; \
    fi; \
    python3 -m venv --without-pip /opt/venv; \
    mkdir -p /data
COPY requirements.lock requirements-demo.lock requirements-build.lock /tmp/
# Wheels only, each checked against its hash, but for pyvips: it is Python alone, and published as source alone.
# Nothing is compiled; its own set-up runs here, in the stage that is thrown away, with what requirements-build.lock
# pins and nothing that pip would fetch by itself. What only the set-up needs is taken out again.
RUN [ -z "${CA_CERT}" ] || export PIP_CERT=/etc/ssl/certs/ca-certificates.crt; \
    pip() { python3 -m pip --python /opt/venv/bin/python "$@"; }; \
    pip install --no-deps --require-hashes --only-binary :all: --no-compile -r /tmp/requirements-build.lock; \
    pip install --no-deps --require-hashes --only-binary :all: --no-binary pyvips --no-build-isolation \
      --no-compile -r "/tmp/${LOCK}"; \
    pip uninstall --yes setuptools pkgconfig; \
    python3 -m compileall -q -j 0 /opt/venv/lib
COPY bot /app/bot
COPY storage /app/storage
COPY adapters /app/adapters
COPY sandbox /app/sandbox
RUN python3 -m compileall -q -j 0 /app; \
    echo /app > "$(echo /opt/venv/lib/python3.*/site-packages)/app.pth"; \
    printf '%s\n' '#!/opt/venv/bin/python' 'from adapters.cli.main import main' 'main()' > /opt/venv/bin/lumenfall-bot; \
    chmod 755 /opt/venv/bin/lumenfall-bot

# hadolint ignore=DL3029
FROM --platform=${PLATFORM} ${BASE}
ARG VERSION=""
LABEL org.opencontainers.image.title="lumenfall-bot" \
      org.opencontainers.image.description="Generate, edit, upscale, chat and video from Discord and Slack" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# No package manager of Python's in the image: what runs is what was locked.
RUN rm -rf /usr/local/bin/pip* /usr/bin/pip* /usr/local/bin/idle* /usr/local/bin/wheel \
      /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/site-packages/setuptools* \
      /usr/local/lib/python3.*/site-packages/wheel* /usr/local/lib/python3.*/ensurepip
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
COPY --from=build --chown=10001:10001 /data /data
COPY --from=build /opt/venv /opt/venv
COPY LICENSE /app/LICENSE
COPY --from=build /app /app
USER 10001:10001
WORKDIR /tmp
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["lumenfall-bot"]
CMD ["run"]
