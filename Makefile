# Two commands matter: `make study` runs the main job, `make test` checks everything.
# Both set up .venv from the lock files on first use.

.PHONY: study test check bench picture linear lock world clean
export PYTHONUNBUFFERED := 1
BIN := .venv/bin

study: .venv/.runtime
	$(BIN)/hansa study caspian

# Two processes of one thread each: threads of two processes on two cores are in each other's way.
test: check
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.dev
	$(BIN)/python -m benchmarks --long

# Rebuild the embedded worlds from the raw tables (HANSA_DATA or ../shared/data).
world: .venv/.dev
	$(BIN)/hansa world build --year 2015
	$(BIN)/hansa world build --year 2005

.venv/.runtime: requirements.lock pyproject.toml tools/setup.sh
	sh tools/setup.sh requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml tools/setup.sh
	sh tools/setup.sh requirements-dev.lock
	@touch $@ .venv/.runtime

# The picture of the README, from the main job.
picture: study
	cp out/caspian/figures/map.svg docs/images/caspian-map.svg

# The figure of docs/derivatives.md: linear predictions against exact solutions.
linear: .venv/.dev
	$(BIN)/python -m benchmarks.figure_linear

# Renew the locks; they hold names, versions and hashes, and no addresses.
LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml -c tools/constraints.txt
lock:
	$(LOCK) --group dev --all-extras -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock -o requirements.lock

clean:
	rm -rf .venv .uv out .pytest_cache .mypy_cache .ruff_cache .hypothesis
