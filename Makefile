# What each command does is in README.md; what the set-up installs, and where it may not, in docs/install.md.
# HOST, PORT, WAREHOUSE_HOME, WAREHOUSE_DATABASE and OPENCV are taken from the environment or the command line.
.PHONY: run test setup bench

run:
	@sh scripts/setup.sh run
	@sh scripts/run.sh

test: setup
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/python -m pytest

setup:
	@sh scripts/setup.sh test

bench: setup
	.venv/bin/python -m bench $(if $(ONLY),--only "$(ONLY)")
