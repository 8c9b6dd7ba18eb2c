# Two stages: the first builds, the second runs. What runs has no compiler, no pip cache and no root.
# Another base: docker build --build-arg BASE_IMAGE=… (Python >= 3.11; for an image you can repeat, name it by digest).
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# The dependencies change seldom: they are a layer of their own.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /opt/build && \
    /opt/build/bin/python -m pip install --require-hashes -r requirements/build.txt && \
    python -m venv /opt/cancelall && \
    /opt/cancelall/bin/python -m pip install --require-hashes -r requirements/runtime.txt

COPY pyproject.toml README.md LICENSE ./
COPY bot/ bot/
COPY handlers/ handlers/
COPY simulator/ simulator/
COPY secrets/keystore/ secrets/keystore/
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /dist . && \
    /opt/cancelall/bin/python -m pip install --no-deps --no-index /dist/*.whl && \
    /opt/cancelall/bin/python -m pip uninstall --yes pip

FROM ${BASE_IMAGE} AS runtime
# A user of our own, written by hand so that any base will do; /data is its alone, or the store refuses to open.
RUN echo 'cancelall:x:10001:10001::/data:/sbin/nologin' >> /etc/passwd && \
    echo 'cancelall:x:10001:' >> /etc/group && \
    mkdir -m 0700 /data /journal && chown 10001:10001 /data /journal && mkdir -p /etc/cancelall
COPY --from=builder /opt/cancelall /opt/cancelall

# Only /data is written, and /journal where the emergency journal is put there: run it with --read-only and a tmpfs on /tmp.
ENV PATH=/opt/cancelall/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CANCELALL_DATA_DIR=/data \
    CANCELALL_KEYSTORE=/data/keystore.json
USER 10001:10001
WORKDIR /data
VOLUME /data

# The bot writes a pulse into /data; no port is needed.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["cancelall", "health", "--live"]

# SIGTERM lets it carry out what it has begun, and tell people: allow 60 s (docker run --stop-timeout 60).
STOPSIGNAL SIGTERM
ENTRYPOINT ["cancelall"]
CMD ["run"]
