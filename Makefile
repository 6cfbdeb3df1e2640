# Needs Python >= 3.11 and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --custom-compile-command "make lock"

.PHONY: setup demo test repeat mutants bench targets load fuzz types vendor lock clean

setup: .venv/.installed

.venv/.installed: pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "chainrule needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/chainrule demo

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Seeds N bugs into the rules, one by one, and lists those that no test notices (long).
mutants: setup
	$(BIN)/python tests/tools/mutate.py --count $(or $(N),200) --seed $(or $(SEED),0)

# The suite N times, to find tests that fail once in a while; stops at the first failure.
repeat: setup
	@for run in $$(seq $(or $(N),50)); do echo "run $$run"; \
		$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal || exit 1; done

# OPTIONS chooses a part: make bench OPTIONS="--quick --dtypes float64".
bench: .venv/.bench
	@$(BIN)/python bench/derivation.py
	@$(BIN)/python bench/speed.py $(OPTIONS)
	@$(BIN)/python bench/fit.py
	@$(BIN)/python bench/report.py

# The code for JAX, PyTorch and the array API, run.
targets: .venv/.bench
	$(BIN)/python -m pytest tests/test_targets.py

# Load on the server: the corpus from 16 clients for a minute each, plain and disturbed.
load: setup
	$(BIN)/python bench/load.py --first 200
	$(BIN)/python bench/load.py --first 200 --warm
	$(BIN)/python bench/load.py --first 200 --warm --hostile 0.05
	$(BIN)/python bench/load.py --first 200 --warm --kill
	$(BIN)/python bench/load.py --first 200 --warm --slow 200
	$(BIN)/python bench/load.py --spread

# Random problems against JAX and the exact evaluator, then all pairs f(g(x)), then properties.
# What JAX compiles is kept: most problems consist of the same few operations.
fuzz: export PYTHONPATH = tests
fuzz: export JAX_COMPILATION_CACHE_DIR = .venv/jax
fuzz: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS = 0
fuzz: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES = -1
fuzz: .venv/.fuzz
	$(BIN)/python -m fuzz.check $(or $(N),10000) $(SEED)
	$(BIN)/python -m fuzz.pairs
	$(BIN)/python -m pytest --quiet -m hypothesis --hypothesis-profile explore tests

.venv/.fuzz: .venv/.installed requirements-fuzz.txt
	$(PIP) install --require-hashes --only-binary :all: -r requirements-fuzz.txt
	@touch $@

.venv/.bench: .venv/.installed requirements-bench.txt
	$(PIP) install --require-hashes --only-binary :all: -r requirements-bench.txt
	$(PIP) install --only-binary :all: torch==2.13.0
	@touch $@

# Checks the type comments of the page's scripts. Needs npm, which fetches TypeScript.
types:
	npm exec --yes --package typescript@7.0.2 -- tsc --project tools/tsconfig.json

# Fetches the third-party files of the page again, by exact version and hash.
vendor:
	$(PYTHON) tools/vendor.py

# Needs uv. Run after changing the dependencies in pyproject.toml.
lock:
	$(LOCK) --extra dev --output-file requirements-dev.txt
	$(LOCK) --extra bench --output-file requirements-bench.txt
	$(LOCK) --extra fuzz --output-file requirements-fuzz.txt

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
