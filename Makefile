# Everything here works in a fresh clone: the first target that needs it makes the environment.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made
NODE := tests/door/clients
PEERS := tests/bench/peers
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-fast contract selftest samples bench bench-peers check format lock clean

# Go through every documented way of use, over real sockets.
demo: $(STAMP)
	$(BIN)/python tests/live/demo.py

# Everything this machine can run, in some fifteen minutes; ends with what was left out, and why.
test: check contract selftest
	$(BIN)/python -m pytest -n 2 $(PYTEST_MORE)

# The three-minute part of it.
test-fast: check
	$(BIN)/python -m pytest -n 2 -m "not slow" $(PYTEST_MORE)

# Format, lint, types, import rules.
check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# schemathesis's command line against a live server, both contracts, all phases.
contract: $(STAMP)
	$(BIN)/python tests/contracts/run.py

# The grader's own grade: clients whose bugs are known, and honest ones. WRITE=--write keeps it.
selftest: $(STAMP)
	$(BIN)/python -m tests.clients.selftest $(WRITE)

# What the vendors' documented samples do wrong. WRITE=--write keeps it.
samples: $(STAMP)
	$(BIN)/python -m tests.clients.samples $(WRITE)

# Poll and enqueue beside Starlette's plain JSON route, in one interleaved run; thousands of streams
# beside a bare broadcast; grading; the proxy.
bench: $(STAMP)
	$(BIN)/python tests/bench/bench.py
	$(BIN)/python tests/bench/streams.py
	$(BIN)/python -m tests.bench.grading
	$(BIN)/python -m tests.bench.door
	$(BIN)/python tests/bench/jobs.py
	$(BIN)/python tests/bench/media.py

# The same beside the peers that npm can install. BENCH_MORE="--rounds 3 --seconds 1" makes it short.
bench-peers: $(STAMP) $(PEERS)/node_modules/.package-lock.json
	$(BIN)/python tests/bench/peers.py $(BENCH_MORE)

# Not installed is no failure: the comparison says who is missing.
$(PEERS)/node_modules/.package-lock.json: $(PEERS)/package-lock.json
	-npm ci --ignore-scripts --silent --no-audit --no-fund --prefix $(PEERS)

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Pin what pyproject.toml asks for. Needs uv on the path.
lock:
	{ uv pip compile -q --universal --python-version 3.11 --extra dev pyproject.toml; \
	  printf 'hatchling\neditables\n' | uv pip compile -q --universal --python-version 3.11 -; } \
	  | grep -v '^ *#' | sort -u > constraints.txt

clean:
	rm -rf .venv

$(STAMP): pyproject.toml constraints.txt $(NODE)/package-lock.json
	@echo "Making the environment in .venv; the first time takes most of a minute."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e '.[dev]'
	command -v npm >/dev/null && npm ci --silent --no-audit --no-fund --prefix $(NODE) || echo "npm could not install axios and undici: their tests are left out."
	touch $@
