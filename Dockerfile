# Two stages: pip, its cache and the sources stay in the first one.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv --without-pip /opt/easel
WORKDIR /src
# The packages first: this layer changes only when the lock does.
COPY requirements.lock ./
RUN pip --python /opt/easel/bin/python install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md ./
COPY bot ./bot
COPY cogs ./cogs
COPY config ./config
RUN pip --python /opt/easel/bin/python install --no-deps ".[postgres]"

FROM python:3.12-slim
# A number, so that Kubernetes can see that it is not root.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data easel \
    && install --directory --owner=easel --group=easel /data
COPY --from=build /opt/easel /opt/easel
# /data is the working directory: .env and config/local.toml are looked for there, and all that must last is kept
# there. The endpoints listen to other containers; nothing is published unless you say so.
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/easel.db \
    OUTPUT_DIR=/data/outputs \
    HTTP_BIND=0.0.0.0:8780
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8780
# With HTTP_BIND empty there is nothing to ask, and the container counts as healthy while it runs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; b = os.environ.get('HTTP_BIND'); b and r.urlopen('http://127.0.0.1:' + b.rpartition(':')[2] + '/healthz', timeout=4)"]
CMD ["python", "-m", "bot", "run"]
