# What can be done with this repository. `make` or `make help` lists it.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
BIN     := $(CURDIR)/bin
GOFILES  = $(shell find . -name '*.go' -not -path './bin/*')

# The version of the linter stands in the first line of its configuration.
LINT_VERSION := $(shell sed -n '1s/.*golangci-lint \(v[0-9.]*\).*/\1/p' .golangci.yml)
LINT         := $(BIN)/golangci-lint-$(LINT_VERSION)

# A fuzz target runs this long.
FUZZTIME ?= 30s

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/headroom
	$(GO) build -trimpath -o $(BIN)/headroom ./cmd/headroom

.PHONY: run
run: build ## run the example of the README: predict, simulate, run live, compare
	$(BIN)/headroom run albumly

.PHONY: check
check: fmt vet lint ## formatting, go vet and the linter, without the tests

.PHONY: fmt
fmt: ## fail if a file is not formatted
	@out=$$(gofmt -l $(GOFILES)); if [ -n "$$out" ]; then echo "gofmt -w these:"; echo "$$out"; exit 1; fi

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: lint
lint: $(LINT) ## run golangci-lint (installed on first use, some minutes)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(BIN)/golangci-lint $@

.PHONY: test
test: check chromium servers ## everything that a change must pass: check, and every test, those in a browser too
	$(GO) test -count=1 -timeout 25m -v ./... 2>&1 | awk -f .ci/summary.awk

# On a machine that does nothing else: what is compared is time.
.PHONY: live
live: ## drive live systems and compare them with theory and prediction (two hours and a quarter)
	HEADROOM_LIVE=1 $(GO) test -count=1 -v -timeout 200m -run Agree ./cmd/internal/loop

# On a machine that does nothing else, with nginx and PostgreSQL.
.PHONY: validation
validation: ## calibrate a real system at low loads, predict high ones, and drive them (five minutes)
	$(GO) run ./cmd/validation

# So many runs of each of seven systems, to that precision.
RUNS      ?= 1000
PRECISION ?= 0.05

.PHONY: coverage
coverage: ## do simulated intervals hold the truth as often as they say? (an hour; RUNS=100: minutes)
	HEADROOM_COVERAGE=$(RUNS) HEADROOM_PRECISION=$(PRECISION) $(GO) test -count=1 -v -timeout 5h -run TestCoverageInFull ./simulate

.PHONY: accuracy
accuracy: ## how far is the analytic solver off? prints the figures of docs/accuracy.md (half an hour)
	$(GO) run ./cmd/accuracy

.PHONY: short
short: ## run the tests that take no time
	$(GO) test -short ./...

.PHONY: race
race: ## run the tests under the race detector
	$(GO) test -race -short -timeout 25m ./...

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME
	@grep -l '^func Fuzz' $(GOFILES) | xargs -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c6-); do \
			echo "== $$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "./$$dir"; \
		done; \
	done

.PHONY: bench
bench: ## run the benchmarks; save two outputs and compare them with benchstat
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-peers
bench-peers: ## measure the simulator beside a plain loop in C, in one table (5 minutes)
	@GO=$(GO) internal/peers/run

# What a request costs a load generator, ours and those that are installed. apt-get
# install nginx wrk nghttp2-client apache2-utils hey
BENCHTIME ?= 8s

.PHONY: bench-load
bench-load: ## processor time a request, of our load engines and others, against one nginx (8 minutes)
	HEADROOM_BENCH=$(BENCHTIME) $(GO) test -count=1 -v -timeout 60m -run TestBenchLoad ./loadtest

.PHONY: loadtest-study
loadtest-study: ## load tests against known truths: stalls, arrivals, ten million hits (5 minutes, a quiet machine)
	HEADROOM_LIVE=1 $(GO) test -count=1 -v -timeout 60m -run TestStudy ./loadtest

.PHONY: golden
golden: ## rewrite the golden files; look at the difference before you commit it
	$(GO) test $$(grep -l 'flag.Bool("update"' $(GOFILES) | xargs -n1 dirname | sort -u | sed 's,^,./,') -update

# The report is looked at in a browser by tests; where there is none, and we may,
# it is installed.
.PHONY: chromium
chromium:
	@.ci/chromium

# The same for the servers that drivers are tested with.
.PHONY: servers
servers:
	@.ci/servers

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN) report.html

# Where the runs of the gate's study are kept, and for how long they are recorded.
GATE_RUNS ?= $(CURDIR)/gate-study
GATE_FOR  ?= 60m

.PHONY: gate-study
gate-study: ## record pairs of runs of the same build and of slower ones, and print how often a gate alarms (an hour)
	HEADROOM_GATE_RECORD=$(GATE_RUNS) HEADROOM_GATE_FOR=$(GATE_FOR) $(GO) test -count=1 -v -timeout 3h -run TestGateStudyRecord ./cmd/internal/gating
	HEADROOM_GATE_STUDY=$(GATE_RUNS) $(GO) test -count=1 -v -timeout 30m -run 'TestGateStudy$$' ./cmd/internal/gating
