# Everything a person does to this project, by name; `make` alone explains. Needs Python >= 3.11 with venv, and make.
# Variables: PYTHON=python3.12 (which Python), ARGS="-k withdrawal" (more for the tool called), BIND=127.0.0.1:9000, JOBS=1 (tests one after the other).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIND ?= 127.0.0.1:8000
ARGS ?=
JOBS ?= 3
BIN := .venv/bin
STAMP := .venv/installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: help install run test check format bench faults screens lock catalogues clean

help: ## this page
	@echo "make run     is the place to start: it installs, fills a sample register in ./var and serves it at http://$(BIND)"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## .venv with everything requirements.lock pins; does nothing when nothing changed

# A tree that was moved or copied has a .venv that still points at the old place.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or newer; $(PYTHON) is older or missing. Name another one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing what requirements.lock pins into .venv …"
	@$(PYTHON) -m venv .venv || \
	  { echo "The venv module is missing: on Debian and Ubuntu it is the package python3-venv." >&2; exit 1; }
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@printf '%s\n' '$(CURDIR)' > $(STAMP)

# What is served; each may be set in the environment instead. Only here: tests never meet a register that is in use.
run: export SIGNATURES_DATABASE ?= sqlite:///$(CURDIR)/var
run: export SIGNATURES_STATE_DIR ?= $(CURDIR)/var
run: export SIGNATURES_SECRET_KEY_FILE ?= $(CURDIR)/var/secret-key
run: export SIGNATURES_BASE_URL ?= http://$(BIND)
run: install var/secret-key ## a sample register on SQLite in ./var, served at BIND; prints an editor's login
	$(BIN)/signatures init
	$(BIN)/signatures sample
	$(BIN)/signatures serve --bind $(BIND)

# Nobody else may read the key that signs sessions and forms, not even while it is written.
var/secret-key:
	@umask 077 && mkdir -p var && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))' > $@.new && mv $@.new $@

test: install ## all tests, on SQLite and on a PostgreSQL that the tests start themselves (ARGS="-k name")
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

check: install ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: install ## what `make check` asks for, done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## timings as ratios measured side by side; a table, and var/bench.json
	@mkdir -p var
	$(BIN)/python -m tests.benchmarks $(ARGS)

# How much of each: an hour or two on two cores. Each may be set otherwise in the environment; CI makes a few of each kind.
faults: export TAMPERING_EDITS ?= 834
faults: export FAULT_KILLS ?= 1000
faults: export FAULT_ACKNOWLEDGED ?= 100
faults: export FAULT_IMAGES ?= 10003
faults: export FAULT_RECORDED ?= 150
faults: export FAULT_SECONDS ?= 3
faults: export FAULT_LOCKED ?= 6
faults: export FAULT_STARTING ?= 64
faults: export FAULT_STORMS ?= 10
faults: export FAULT_CRASHES ?= 100
faults: export CLUSTER_FAILOVERS ?= 20
faults: export REPLIES_ORGANISATIONS ?= 1000
faults: export REPLIES_SUBMITS ?= 64
faults: export REPLIES_COMMITS ?= 800
faults: export NTH_STRIDE ?= 1
faults: export NTH_NEIGHBOURS ?= 100
faults: export CLOCK_QUESTIONS ?= 500
faults: export CLOCK_STEPS ?= 300
faults: export HISTORY_CLIENTS ?= 16
faults: export HISTORY_STEPS ?= 120
faults: export SOAK_SECONDS ?= 300
faults: export POISON_ROUNDS ?= 10
faults: export SUBMITS_PROCESSES ?= 4
faults: export SUBMITS_OFFICES ?= 16
faults: export SUBMITS_ORGANISATIONS ?= 100
faults: export BAD_INPUTS ?= 35000
faults: export BAD_FILES ?= 1500
faults: export API_EXAMPLES ?= 100
faults: install ## processes killed, disks full, power cut, failovers, lost replies, bad input: the long forms (ARGS="tests/test_cluster.py" for some)
	$(BIN)/python -m pytest -m faults $(ARGS)

screens: install ## pictures of the pages in var/screens (needs chromium)
	REQUIRE_BROWSER=1 $(BIN)/python -m pytest -m screens $(ARGS)

# uv reads pyproject.toml and writes what is asked of it: no registry's address, no path of this machine.
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

lock: install ## requirements.lock and deploy/requirements.lock anew (ARGS=--upgrade for newer releases)
	$(UV_COMPILE) --all-extras $(ARGS) --output-file requirements.lock
	$(UV_COMPILE) --extra build --extra documents --extra icu --extra importing --extra postgresql --constraint requirements.lock --output-file deploy/requirements.lock

# The .po files are read as they are; a new language begins with: pybabel init -i var/messages.pot -o signatures/translations/XX.po -l XX
catalogues: install ## the sentences of code and templates into every signatures/translations/*.po, to be translated there
	@mkdir -p var
	$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext -k said --no-wrap --add-location=file -o var/messages.pot .
	@for po in signatures/translations/*.po; do \
	  $(BIN)/pybabel -q update -i var/messages.pot -o $$po -l $$(basename $$po .po) --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	  sed -i -E '/^"(Report-|POT-|PO-|Last-|Language-Team|Generated-)/d' $$po; done

clean: ## .venv, caches and build folders away; ./var, which may hold a register, stays
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
