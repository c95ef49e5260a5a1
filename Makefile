# `make lab` and `make test` are all you need; `make` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LAB_ARGS ?=
INSTALLED := $(VENV)/.installed

.PHONY: help lab test lint notebooks claims bench clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"segedu needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12 lab")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,dev]'
	touch $@

lab: $(INSTALLED)  ## create the environment and open JupyterLab on the first lecture
	$(BIN)/jupyter lab $(LAB_ARGS) "$$(ls notebooks/*.ipynb | head -n 1)"

test: lint  ## run every gate
	$(BIN)/segedu build --check
	OMP_NUM_THREADS=1 $(BIN)/pytest segedu tests --ignore tests/notebooks --numprocesses 2 --dist loadscope
	$(BIN)/pytest tests/notebooks --numprocesses 2 --dist load

lint: $(INSTALLED)  ## ruff, mypy and the lecture lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/segedu lint

notebooks: $(INSTALLED)  ## build notebooks/ from lectures/
	$(BIN)/segedu build

claims: $(INSTALLED)  ## run the long claims in full (about an hour on two cores), keep the outcomes in data/claims.json
	SEGEDU_CLAIMS=full $(BIN)/pytest tests/claims -p no:xdist --timeout 3600

bench: $(INSTALLED)  ## print the benchmarks' ratios
	$(BIN)/python bench/run.py

clean:  ## remove the environment and the caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
