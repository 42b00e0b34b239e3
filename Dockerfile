# Signpost in a container: no root, a root that can be read only, one volume (/data: database, keys, index).
# It has not been built where it was written, for want of a container engine there: build it and run `doctor` before you rely on it.
FROM python:3.11.14-slim-bookworm AS packages
WORKDIR /packages
COPY requirements*.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
    && if [ -f requirements-vectors.txt ]; then \
           /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-vectors.txt; \
       fi

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin signpost \
    && install -d -o signpost -g signpost -m 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY pyproject.toml LICENSE ./
COPY knowledge ./knowledge
COPY conversations ./conversations
COPY bot ./bot
COPY docs/desk.md ./docs/desk.md
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 SIGNPOST_DATA=/data
USER 10001
VOLUME /data
STOPSIGNAL SIGTERM
EXPOSE 8000
# Ready: the database answers, and Telegram takes the token. The first start builds the index, which takes its time.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run", "--host", "0.0.0.0"]
