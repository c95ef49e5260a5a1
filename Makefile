# `make lab` and `make test` are all you need; `make` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LAB_ARGS ?=
INSTALLED := $(VENV)/.installed
NPM := $(shell command -v npm)
JAVASCRIPT := $(if $(NPM),node_modules/.installed)
PYTEST := OMP_NUM_THREADS=1 SEGEDU_SKIPPED="$(CURDIR)/.skipped" $(BIN)/pytest
SLOW_FOLDERS := tests/notebooks tests/widgets

.PHONY: help lab test quick lecture lecture-named explorer explorer-named lint javascript notebooks claims bench clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"segedu needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12 lab")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,dev]'
	touch $@

node_modules/.installed: package.json package-lock.json
	npm ci --silent
	touch $@

lab: $(INSTALLED)  ## create the environment and open JupyterLab on the first lecture
	$(BIN)/jupyter lab $(LAB_ARGS) "$$(ls notebooks/*.ipynb | head -n 1)"

test: lint  ## run every gate; the last lines say what was skipped and why
	@rm -f .skipped
	$(BIN)/segedu build --check
	$(PYTEST) segedu tests $(SLOW_FOLDERS:%=--ignore %) --numprocesses 2 --dist loadscope --no-loadscope-reorder
	$(PYTEST) tests/widgets --numprocesses 2 --dist loadfile
	$(PYTEST) tests/notebooks --numprocesses 2 --dist load
	@sort -rn .skipped 2>/dev/null | uniq | grep . || echo "Nothing was skipped."

quick: lint  ## lint, and the tests of what has changed since main, without browsers: under two minutes
	$(PYTEST) $$($(BIN)/python tests/changed.py) -m "not browser and not slow"

lecture: lecture-named $(INSTALLED)  ## make lecture N=08: lint, drift, checkers, claims and notebook of one lecture
	$(BIN)/segedu lint $(N)
	$(BIN)/segedu build --check $(N)
	$(PYTEST) tests/checkers/test_lecture$(N).py tests/claims/test_lecture$(N).py
	$(PYTEST) tests/notebooks -k "$(N)_"

explorer: explorer-named $(INSTALLED)  ## make explorer N=transposed: core in Node, page in Chromium, of one explorer
	$(PYTEST) tests/widgets/$(N)

lecture-named:
	@test -n "$(N)" || { echo "Which lecture? make lecture N=08"; exit 2; }

explorer-named:
	@test -n "$(N)" -a -d "tests/widgets/$(N)" || { echo "Which explorer? N is one of:" $$(cd tests/widgets && ls -d [a-z]*/ | tr -d /); exit 2; }

lint: $(INSTALLED) javascript  ## ruff, mypy, the lecture lint; Biome and TypeScript for the explorers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/segedu lint

javascript: $(JAVASCRIPT)
ifdef NPM
	npx biome check
	npx tsc --project tsconfig.json
else
	@echo "Skipped: the JavaScript was neither linted nor type-checked, because npm is not installed."
	@test -z "$(SEGEDU_REQUIRE_NODE)"
endif

notebooks: $(INSTALLED)  ## build what is out of date: notebooks, expected values, solutions, syllabus
	$(BIN)/segedu build

claims: $(INSTALLED)  ## the long claims in full (about an hour on two cores), kept in data/claims.json; complete notebooks
	SEGEDU_CLAIMS=full $(BIN)/pytest tests/claims -p no:xdist --timeout 3600
	SEGEDU_CLAIMS=full $(BIN)/pytest tests/notebooks -k complete --numprocesses 2 --dist load

bench: $(INSTALLED)  ## print the benchmarks' ratios
	$(BIN)/python bench/run.py

clean:  ## remove the environment and the caches
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .skipped
