# The two commands of the README: `make fit` and `make test`. Each makes its own environment (.venv)
# from nothing and brings it up to date when the locks, pyproject.toml or the list of files change.
# PYTHON=... chooses the Python; CASE=... and ARGS=... are handed on.

CASE ?= nk-kursk
ARGS ?=
PYTHON ?=
FOUND := $(shell PYTHON='$(PYTHON)' sh .ci/find-python)
NO_PYTHON = estimate needs Python 3.12 or newer with venv, and none was found$(if $(PYTHON), ($(PYTHON) is not one)): install one, or name it: make $@ PYTHON=/path/to/python3.12
START = $(if $(FOUND),,$(error $(NO_PYTHON)))start=$$(date +%s)
END = status=$$?; echo "make $@: $$(($$(date +%s) - start)) seconds of wall time"; exit $$status

.PHONY: fit test slow sbc liar libraries war radford bench gallery docs fuzz audit release env lock clean

fit:
	@$(START); bash .ci/env '$(FOUND)' requirements.lock && .venv/bin/estimate fit $(CASE) $(ARGS); $(END)

# One process of tests for each core, four at most: each holds a browser and compiled code.
TOGETHER = -n auto --maxprocesses 4 --dist worksteal
test:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python -m pytest $(TOGETHER) $(ARGS); $(END)

# The tests that take minutes: recovery, invariances.
slow:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python -m pytest -m slow $(ARGS); $(END)

# Simulation-based calibration: 200 worlds, about an hour; a stopped run goes on where it was.
sbc:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python tests/recovery/sbc.py $(ARGS); $(END)

# A planted liar in 30 worlds, none in 60: half an hour; a stopped run goes on where it was.
liar:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python tests/recovery/liar.py $(ARGS); $(END)

# Are hyperparameters found again? 50 simulated libraries, half an hour; it goes on where it was.
libraries:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python tests/recovery/libraries.py $(ARGS); $(END)

# Twelve simulated wars of 23 series with known truth: half an hour; it goes on where it was.
war:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python tests/recovery/war.py $(ARGS); $(END)

# The peer's reports as they are, doubled and thinned, where ../shared has them: a quarter of an
# hour; it goes on too.
radford:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock && .venv/bin/python tests/recovery/radford.py $(ARGS); $(END)

# docs/benchmarks.md: CPU time against other samplers and another model, and as cases grow; up to
# hours, each line at most ten CPU minutes; a stopped run goes on where it was.
# In an environment of its own: with jax installed, ArviZ asks for it in threads and fails at times.
BENCH = benchmarks/.venv
bench: env
	@test -x $(BENCH)/bin/python || .venv/bin/python -m venv $(BENCH)
	@rm -rf build/lib build/bdist.* $(BENCH)/wheel
	@.venv/bin/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir $(BENCH)/wheel .
	@$(BENCH)/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes --only-binary :all: -r benchmarks/requirements.txt
	@$(BENCH)/bin/python -m pip -qq install --no-deps --no-index --force-reinstall $(BENCH)/wheel/estimate-*.whl
	@$(BENCH)/bin/python -m benchmarks $(ARGS)

# docs/gallery: five resolved cases, their truth drawn on what was said of them; some minutes.
gallery: env
	@.venv/bin/python .ci/gallery.py

# The environment with the development tools, and nothing run.
env:
	@$(START); bash .ci/env '$(FOUND)' requirements-dev.lock; $(END)

# The pages under docs/ that are made from the code.
docs: env
	@.venv/bin/python .ci/docs.py

# New locks from pyproject.toml (needs uv); the versions already locked are kept where they can be.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-emit-index-url
lock:
	$(UV_COMPILE) pyproject.toml --output-file requirements.lock $(ARGS)
	$(UV_COMPILE) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock $(ARGS)
	$(UV_COMPILE) --group release --constraints requirements-dev.lock --output-file .ci/release.lock $(ARGS)
	$(UV_COMPILE) pyproject.toml --extra bench --constraints requirements.lock --output-file benchmarks/requirements.txt $(ARGS)

# Coverage-guided fuzzing of what reads files: ten minutes a target (TARGET=gate|importer|run|…).
TARGET ?= gate
fuzz: env
	@.venv/bin/python tests/fuzz/fuzz.py $(TARGET) $(ARGS)

# Known weaknesses of the locked packages; needs an advisory service that answers.
audit: env
	@.venv/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

# dist/: the wheel, what it is made of (CycloneDX), and the hashes of both.
release: env
	@rm -rf dist build/lib build/bdist.*
	@.venv/bin/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir dist .
	@test -x .ci/release/bin/python || .venv/bin/python -m venv .ci/release
	@.ci/release/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes --only-binary :all: -r .ci/release.lock
	@.ci/release/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o dist/estimate.cdx.json requirements.lock
	@cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf .venv .ci/release build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
