# `make run` opens the studio, `make test` runs everything that must pass. Both set up what they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help run test lint unit browser clean

help:
	@echo "make run      set up and open the studio in the browser"
	@echo "make test     set up and run lint, types and all tests"
	@echo "make clean    remove the virtual environment and caches; data and models stay"

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
	$(BIN)/python -m pytest -m "browser" --durations=5

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
