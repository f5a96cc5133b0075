# The image of every Lookout process. First form: nothing here has been built by our tests, which have no engine.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.lock /opt/lookout/
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /opt/lookout/requirements.lock
COPY . /opt/lookout
# As `make` installs it: in place, with nothing fetched.
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index --editable /opt/lookout

FROM python:3.11-slim
# git reads the histories that are watched.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /var/lib/lookout --uid 10001 lookout
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/lookout /opt/lookout
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER lookout
WORKDIR /var/lib/lookout
CMD ["lookout", "--help"]
