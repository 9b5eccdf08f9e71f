# The commands of the project. `make` alone lists them.
# A fresh machine needs Python 3.11 or newer, make and a way to the package registries.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench chaos migrate config

PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin

# uv installs into .venv here, whatever environment the caller has active.
unexport VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT := .venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed ## install everything into .venv, at the versions of uv.lock

# The file is written last: an installation that was broken off is done again.
.venv/installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make setup PYTHON=/path/to/python3" if sys.version_info < (3, 11) else 0)'
	@echo "installing into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(BIN)/uv sync --quiet --frozen --python $(BIN)/python
	@touch $@

run: setup ## start the gateway on http://127.0.0.1:8080, with three operators that `make demo` plays
	@exec $(BIN)/lapor --config config/development.toml serve

demo: setup ## beside `make run`: operators and citizens on this machine, replies shown as they come
	@exec $(BIN)/lapor --config config/development.toml demo

test: setup ## the whole suite on every core; tests that need a service say so where it does not answer
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: setup ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup ## the benchmarks; figures and machine are kept in docs/benchmarks.md
	@exec $(BIN)/lapor bench

chaos: setup ## kill the gateway 50 times under load, cut off each neighbour; LAPOR_TEST_OUTAGE=3600 for an hour each
	@LAPOR_TEST_KILLS=50 LAPOR_TEST_OUTAGE=$${LAPOR_TEST_OUTAGE:-60} LAPOR_TEST_OFFLINE=30 \
		$(BIN)/python -m pytest tests/flow tests/browser/test_chat.py -k "kill or outage or loses_the_network" -s

migrate: setup ## bring the database to the newest form
	@$(BIN)/lapor migrate

config: setup ## write config/gateway.toml anew from the settings in the code
	@$(BIN)/python -m gateway.settings_file > .venv/gateway.toml
	@mv .venv/gateway.toml config/gateway.toml
