# The image of every Lookout process: docker-compose.yml says which it is. It runs read-only and as nobody in particular.

FROM python:3.11.14-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.lock /opt/lookout/
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /opt/lookout/requirements.lock
COPY . /opt/lookout
# As `make` installs it: in place, with nothing fetched. Compiled here, because nothing can be written later.
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index --editable /opt/lookout \
    && /opt/venv/bin/python -m compileall -q /opt/lookout

FROM python:3.11.14-slim-trixie
# git reads the histories that are watched.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 lookout \
    && useradd --create-home --home-dir /var/lib/lookout --uid 10001 --gid 10001 lookout
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/lookout /opt/lookout
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# By number, so that a platform sees that it is not root's.
USER 10001:10001
WORKDIR /var/lib/lookout
CMD ["lookout", "--help"]
