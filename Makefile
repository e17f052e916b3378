# `make run` opens the studio, `make test` runs everything that must pass. Both set up what they need.
# From `build` on, the same in a container: DOCKER.md.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What is typed after a target of the container: make train ARGS="--preset quick"
ARGS    ?=
COMPOSE := MIDIGEN_USER=$$(id -u):$$(id -g) docker compose
INSIDE  := $(COMPOSE) run --rm --no-deps studio
# The engine would make missing folders of volumes, but as root's.
VOLUMES := mkdir -p data models output soundfonts $(HOME)/.kaggle

.PHONY: help run test lint unit browser space clean
.PHONY: build download-data train generate shell tensorboard up

help:
	@echo "make run      set up and open the studio in the browser"
	@echo "make test     set up and run lint, types and all tests"
	@echo "make space    write a folder that can be pushed to Hugging Face as a Space"
	@echo "make clean    remove the virtual environment and caches; data and models stay"
	@echo "In a container, with ARGS=\"...\" for what you would type after the command:"
	@echo "make build | download-data | train | generate | shell | tensorboard | up"

run: $(VENV)/.ready
	@sh tools/install_system_packages.sh fluidsynth || true
	$(BIN)/python app.py

test: lint unit browser

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

unit: $(VENV)/.ready-dev
	@sh tools/install_system_packages.sh fluidsynth || true
	$(BIN)/python -m pytest -m "not browser and not gpu and not heavy" --durations=5

browser: $(VENV)/.ready-dev
	sh tools/install_system_packages.sh chromium
	$(BIN)/python -m pytest -m "browser" --reruns 1 -r R --durations=5

# The folder to write; another with `make space SPACE=/tmp/space`.
SPACE ?= space

space: $(VENV)/.ready
	$(BIN)/python -m midigen space $(SPACE) $(ARGS)

build:
	$(COMPOSE) build

download-data:
	@$(VOLUMES)
	$(INSIDE) download-data $(ARGS)

train:
	@$(VOLUMES)
	$(INSIDE) train $(ARGS)

generate:
	@$(VOLUMES)
	$(INSIDE) generate $(ARGS)

shell:
	@$(VOLUMES)
	$(COMPOSE) run --rm --no-deps --entrypoint bash studio

tensorboard:
	@$(VOLUMES)
	$(COMPOSE) --profile tensorboard up tensorboard

up:
	@$(VOLUMES)
	$(COMPOSE) up --detach studio

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "midigen needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $(VENV)/.ready $@
