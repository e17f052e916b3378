# The studio in a container; DOCKER.md tells how to use it.
#   docker build -t midigen .                              CPU
#   docker build -t midigen --build-arg TORCH=cuda .       NVIDIA GPU
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

# FluidSynth and a soundfont under the MIT licence; midigen plays without them, but less finely.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfluidsynth3 fluidr3mono-gm-soundfont \
    && rm -rf /var/lib/apt/lists/*

# From what changes seldom to what changes often: a change of code installs nothing again.
WORKDIR /src
COPY constraints.txt requirements.txt ./
ARG TORCH=cpu
RUN case "$TORCH" in \
        cpu) pip install --constraint constraints.txt torch --index-url https://download.pytorch.org/whl/cpu ;; \
        cuda) pip install --constraint constraints.txt torch ;; \
        *) echo "TORCH is cpu or cuda, not $TORCH" >&2; exit 2 ;; \
    esac
RUN pip install --constraint constraints.txt --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY assets assets
COPY models/classical-piano models/classical-piano
COPY models/art-songs models/art-songs
COPY midigen midigen
RUN pip install --no-deps .

# The workspace: data, models, output and soundfonts lie here, on volumes if they shall stay.
# The home is open to any user, since it may run as the one whose the volumes are.
RUN useradd --create-home --uid 1000 midigen \
    && chmod 1777 /home/midigen \
    && install --directory --owner=midigen /workspace/data /workspace/models /workspace/output /workspace/soundfonts
USER 1000:1000
WORKDIR /workspace
ENV MIDIGEN_HOME=/workspace \
    GRADIO_TEMP_DIR=/tmp/gradio

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860', timeout=4)"]
ENTRYPOINT ["midigen"]
CMD ["app", "--host", "0.0.0.0", "--open-browser", "false"]
