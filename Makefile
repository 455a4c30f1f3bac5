# make run   the service on http://127.0.0.1:8000, with demonstration content; no configuration
# make test  everything the tests need, then the whole suite
# make soak  the long form of the tests that have one, with what each did; an hour and a half
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: install install-dev run talk lint check test soak evaluate bench lock

install: .venv/run.stamp
install-dev: .venv/dev.stamp

.venv/run.stamp: requirements/run.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/run.txt
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

run: install
	$(BIN)/python demo.py

talk: install
	$(BIN)/flask --app wsgi talk

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -q -n 2 -m "not browser and not slow and not soak" tests

test: lint
	./tests/prepare
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

soak: install-dev
	./tests/prepare
	-$(BIN)/pip install --quiet --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m pytest -n 2 --dist worksteal -m soak -v -rP --durations=0 tests

evaluate: install-dev
	$(BIN)/python -m bench.evaluate
	$(BIN)/python -m bench.safety
	$(BIN)/python -m bench.masking

bench: install-dev
	$(BIN)/python -m bench

lock:
	uv pip compile pyproject.toml --generate-hashes --no-header --python-version 3.11 -o requirements/run.txt
	uv pip compile pyproject.toml --group dev --group train --generate-hashes --no-header --python-version 3.11 -o requirements/dev.txt
	uv pip compile --group fuzz --generate-hashes --no-header --python-version 3.11 -o requirements/fuzz.txt
