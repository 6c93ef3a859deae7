# One entry for everything. `make play` and `make test` install what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Discord's OpenAPI document and other public test data, when they are at hand.
export TZUROT_TEST_DATA ?= $(abspath $(wildcard ../shared/data))

.PHONY: play run test check bench lock install install-dev format clean help

help:
	@echo "make play    install, and open a local Discord with the bot and a small local model"
	@echo "make run     install, and run the bot on the real Discord (DISCORD_TOKEN, OPENROUTER_API_KEY)"
	@echo "make test    install, and run all tests"
	@echo "make check   install, and run every static check that CI runs"
	@echo "make bench   install, and run the benchmarks (ONLY=name for one)"
	@echo "make lock    resolve pyproject.toml into the lock files anew"

play: $(VENV)/.play
	@exec $(BIN)/python -m tzurot play

run: $(VENV)/.run
	@exec $(BIN)/python -m tzurot run

test: $(VENV)/.dev
	$(BIN)/python tools/browser.py
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/house.py
	$(BIN)/python -m tools.commands --check
	rm -rf build/check
	TZUROT_DATA_DIR=build/check $(BIN)/python -m tzurot migrate
	TZUROT_DATA_DIR=build/check $(BIN)/python -m tzurot migrate --check

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(VENV)/.run
install-dev: $(VENV)/.dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tzurot needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

# The locks list every package with its hash, so nothing is resolved here.
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.play: requirements-play.txt $(VENV)/.run
	$(PIP_INSTALL) -r requirements-play.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.play
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet pip-tools
	$(COMPILE) -o requirements.txt pyproject.toml
	$(COMPILE) --extra play -c requirements.txt -o requirements-play.txt pyproject.toml
	$(COMPILE) --extra play --extra dev -c requirements-play.txt -o requirements-dev.txt pyproject.toml
	$(BIN)/python tools/weights.py >> requirements-play.txt

clean:
	rm -rf $(VENV) build dist
