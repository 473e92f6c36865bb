# Every verb makes .venv itself when it is missing. PYTHON chooses the interpreter that makes it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar on

.PHONY: help setup demo test check bench bench-report bench-fleet integration torture devices train clean

help:
	@echo "make demo         two simulated cameras, the real daemon, events in the terminal (30 s)"
	@echo "make test         unit tests: no service, no TensorFlow, under 2 minutes"
	@echo "make check        ruff, mypy, import-linter"
	@echo "make integration  tests against real parts (Mosquitto, TensorFlow, video servers)"
	@echo "make torture      faults made for real, counted; results and report in runs/torture (hours)"
	@echo "make devices      pushes to a virtual Debian, power cuts; report in tests/devices/REPORT.md (root, an hour)"
	@echo "make bench        time of each stage of the pipeline on this machine"
	@echo "make bench-report the whole report: limit, peers, curves, memory (20 minutes)"
	@echo "make bench-fleet  time of pushes to 50 devices (sshd on this machine), by phase"
	@echo "make setup        everything above plus training and conversion into $(VENV)"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-demo: pyproject.toml | $(BIN)/python
	@echo "installing what the demo needs into $(VENV) (once)"
	$(INSTALL) -e '.[demo]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "installing what the tests need into $(VENV) (once)"
	$(INSTALL) -e '.[dev,demo,deploy]'
	@touch $@ $(VENV)/.installed-demo

$(VENV)/.installed-all: pyproject.toml | $(BIN)/python
	@echo "installing training, conversion and development tools into $(VENV) (once)"
	$(INSTALL) -e '.[dev,demo,training,jax,convert,deploy]'
	@touch $@ $(VENV)/.installed-dev $(VENV)/.installed-demo

setup: $(VENV)/.installed-all

demo: $(VENV)/.installed-demo
	$(BIN)/python -m edge demo $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 -q $(ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pre-commit validate-config

integration: $(VENV)/.installed-all
	$(BIN)/python -m pytest -m integration -q $(ARGS)

# Resumable row by row; two to three hours in all.
torture: $(VENV)/.installed-dev
	$(BIN)/python -m tests.torture $(ARGS)

# Resumable row by row. Needs root and: apt install debootstrap qemu-system-x86 qemu-utils mosquitto-clients mosquitto
devices: $(VENV)/.installed-dev
	$(BIN)/python -m tests.devices runs/vm $(ARGS)
	$(BIN)/python -m tests.devices runs/vm --cuts 10 $(ARGS)

bench: $(VENV)/.installed-demo
	$(BIN)/python -m edge bench $(ARGS)

# Resumable part by part; twenty minutes in all, and the first time gigabytes of what others use.
bench-report: $(VENV)/.installed-all
	$(BIN)/python -m tests.bench $(ARGS)

bench-fleet: $(VENV)/.installed-dev
	$(BIN)/python -m tests.devices.fleet_bench $(ARGS)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
