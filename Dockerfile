# The image of every process: `docker run --publish 127.0.0.1:8000:8000 --volume nocturne:/data IMAGE` starts the whole
# platform on its embedded database; docker-compose.yml starts API and worker processes on servers.
FROM python:3.13-slim-trixie AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock
COPY . .
# The final file system is read-only in docker-compose.yml, so modules are compiled now.
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q /app /venv

FROM python:3.13-slim-trixie
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin nocturne \
  && install -d -m 0700 -o nocturne -g nocturne /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER nocturne
WORKDIR /app
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of an API process; docker-compose.yml has that of a worker.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["nocturne", "serve"]
