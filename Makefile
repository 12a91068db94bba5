# Every target sets up what it needs. Nothing here wants root, Docker or a database server.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK_HASH = $(shell $(PY) -c 'import hashlib,sys; print(hashlib.sha256(b"".join(open(f,"rb").read() for f in sys.argv[1:])).hexdigest()[:12])' $(1))
RUN_STAMP := $(VENV)/.run-$(call LOCK_HASH,requirements.txt pyproject.toml)
DEV_STAMP := $(VENV)/.dev-$(call LOCK_HASH,requirements-dev.txt pyproject.toml)
PIP = $(BIN)/python -m pip --disable-pip-version-check -q
TESTS ?= tests
# More than two cores have: much of a test is waiting.
WORKERS ?= 3

.PHONY: help run test check bench peers lock clean

help: ## Show what can be asked for
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	@$(PY) -c 'import sys; sys.exit("Kabinet needs Python 3.11 or newer; this is %d.%d. Name another with PY=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PY) -m venv $(VENV)

$(RUN_STAMP): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages (a minute the first time)…"
	$(PIP) install --require-hashes --only-binary :all: -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(DEV_STAMP): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages and the test tools (a minute the first time)…"
	$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(RUN_STAMP)

run: $(RUN_STAMP) ## Run the whole product with demo data in this terminal
	@exec $(BIN)/kabinet run

test: $(DEV_STAMP) ## Run every test on a PostgreSQL of its own
	$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

check: $(DEV_STAMP) ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/kabinet shard --check --sources-only

bench: $(DEV_STAMP) ## Measure, each figure beside its limit
	@exec $(BIN)/kabinet bench

peers: $(DEV_STAMP) ## Run the official provider SDK against our sandbox
	$(BIN)/python -m infra.sandbox.peers

lock: $(BIN)/python ## Make the hash locks anew
	$(PIP) install uv
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-build requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-build -c requirements-dev.txt requirements.in -o requirements.txt

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) var
