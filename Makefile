# `make demo` and `make test` do all their own set-up: Python 3.11+, git and make are enough to begin with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint wheel setup

demo: setup
	$(BIN)/course demo

test: setup
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: setup
	$(BIN)/python -m build --wheel --no-isolation

setup: $(INSTALLED)
	@./.ci/sandbox-tools

# torch first and pinned: a looser requirement would bring gigabytes of CUDA to a machine without a GPU
$(INSTALLED): setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV) || ./.ci/venv-tools $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[ta,cluster,postgresql,test]"
	touch $@
