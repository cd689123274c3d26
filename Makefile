# The commands of this repository. `make` alone lists them.

# Every module of the workspace, the root first. The tools module and its
# neighbour stand outside it: what they need is no business of the library.
NESTED  := $(patsubst %/go.mod,%,$(filter-out tools/%,$(shell git ls-files --cached --others --exclude-standard '*/go.mod')))
MODULES := . $(NESTED)
$(if $(NESTED),,$(error git lists no nested module here: these commands need a git clone))
TOOLS   := tools tools/gen-nfc

STATICCHECK := $(CURDIR)/bin/staticcheck

# The race detector needs a C compiler with its headers.
RACE := $(shell printf '\043include <stdlib.h>\nint main(void) { return 0; }\n' | $$(go env CC) -x c -o /dev/null - 2>/dev/null && echo -race)

LAWS_CHECKS = 10000
LAWS_STEPS  = 100
DECISIONS   = 100000000
HISTORIES   = 20000
SCHEDULES   = 1000000
ARRIVALS    = 100000000
KILLS       = 1000
FUZZTIME    = 60s
BENCH       = .
BENCHTIME   = 1s

# each runs a command in every one of some modules and stops at the first that
# fails: $(call each,modules,command).
define each
@for module in $(1); do \
	echo "== $@: $$module"; \
	(cd "$$module" && $(2)) || { echo "make $@: FAILED in module $$module" >&2; exit 1; }; \
done
endef

.NOTPARALLEL:
.PHONY: help test test-race-note test-workspace test-alone test-tools laws fuzz bench bench-authz bench-routing bench-ratelimit bench-http bench-inferencelog \
	e2e check deps tour fmt fmt-check tidy tidy-check generate generate-check clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: test-race-note test-workspace test-alone test-tools ## every module: vet, test (with the race detector), staticcheck; nested ones on their own too
	@echo "make test: every module passes"

test-race-note:
	@$(if $(RACE),true,echo "No C compiler with headers here: testing without the race detector.")

test-workspace: $(STATICCHECK)
	$(call each,$(MODULES),go vet ./... && go test -vet=off $(RACE) ./... && $(STATICCHECK) ./...)

# A nested module must also build by its go.mod alone, as a user of it would.
test-alone: export GOWORK = off
test-alone:
	$(call each,$(NESTED),go vet ./... && go test -vet=off ./...)

test-tools: export GOWORK = off
test-tools:
	$(call each,tools/gen-nfc,go vet ./... && go test -vet=off ./...)

# Pinned in the tools module. The go command decides whether there is anything to build.
.PHONY: $(STATICCHECK)
$(STATICCHECK):
	@cd tools && GOWORK=off go build -buildvcs=false -o $@ honnef.co/go/tools/cmd/staticcheck

# Names what links rapid: others do not know its flags.
RAPID = {{range .Deps}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}}{{"\n"}}{{end}}{{end}}

laws: ## the laws with many more checks (LAWS_CHECKS=10000 LAWS_STEPS=100 DECISIONS=100000000 HISTORIES=20000 SCHEDULES=1000000 ARRIVALS=100000000 KILLS=1000)
	$(call each,$(MODULES),listed=$$(go list -test -f '$(RAPID)' ./...) && packages=$$(printf '%s\n' "$$listed" | sed -n 's/\.test$$//p') && \
		{ [ -z "$$packages" ] || go test -count=1 -timeout 2h $$packages -rapid.checks=$(LAWS_CHECKS) -rapid.steps=$(LAWS_STEPS); })
	go test -count=1 -timeout 2h -run 'TestStories|TestHistories' ./authz -decisions $(DECISIONS) -histories $(HISTORIES)
	go test -count=1 -timeout 2h -run TestSimulation ./modelservice -schedules $(SCHEDULES)
	go test -count=1 -timeout 2h -run TestArrivals ./ratelimit -arrivals $(ARRIVALS)
	go test -count=1 -timeout 2h -run TestSmallWorlds ./ratelimit -worlds 5
	go test -count=1 -timeout 2h -run TestJournalSurvivesKills ./inferencelog -kills $(KILLS)

fuzz: ## every fuzz target for FUZZTIME=60s
	@git grep --untracked -E '^func Fuzz[A-Za-z0-9_]*\(' -- '*_test.go' | sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*)\(.*|\1 \2|' | \
	while read -r folder target; do \
		echo "== $@: $$folder $$target"; \
		(cd "$$folder" && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) . </dev/null) || \
			{ echo "make $@: FAILED at $$target in $$folder" >&2; exit 1; }; \
	done

bench: ## the performance budget, each row beside its floor or rival; BENCH=. runs every benchmark first (BENCHTIME=1s)
	$(if $(filter file,$(origin BENCH)),,$(call each,$(MODULES),go test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem ./...))
	$(call ratios,.)

# The rows about rights and names: what authz and catalog answer for.
AUTHZ_ROWS = ^(check|check-memory|check-growth|check-parallel|grant-check|list|look-up|open)$$

bench-authz: ## the rows about rights and names alone, beside casbin and Cedar (two minutes)
	$(call ratios,$(AUTHZ_ROWS))

# The rows about calls: what routing, modelservice and the way over HTTP answer for.
ROUTING_ROWS = ^(route|route-fallback|call|call-memory|http-json|http-sse)$$

bench-routing: ## the rows about calls alone, beside gobreaker, failsafe-go and httputil.ReverseProxy (a minute)
	$(call ratios,$(ROUTING_ROWS))

# The rows about limits: what ratelimit answers for.
LIMIT_ROWS = ^(six-limits.*|refused|settle-late|bucket-bytes|keys-bounded)$

bench-ratelimit: ## the rows about limits alone, beside go-limiter, x/time, throttled and ulule (a minute)
	$(call ratios,$(LIMIT_ROWS))

# The rows over HTTP: what modelservice/query and modelservice/rest answer for.
HTTP_ROWS = ^(http-.*|rest-.*)$$

bench-http: ## the rows over HTTP alone, beside httputil.ReverseProxy and a bare bbolt (a minute; TMPDIR on a disk)
	$(call ratios,$(HTTP_ROWS))

# The rows about the log: what inferencelog and its sinks answer for.
LOG_ROWS = ^log-.*$$

bench-inferencelog: ## the rows about the log alone, beside encoding/json, zap, parquet-go and database/sql (a minute)
	$(call ratios,$(LOG_ROWS))

# ratios measures some rows and prints what they came to, the ratios last.
define ratios
@cd internal/bench && seen=$$(go test -count=1 -run '^TestRatios$$/$(1)' -ratios) || { printf '%s\n' "$$seen"; exit 1; }; \
printf '%s\n' "$$seen" | grep -v -e '^PASS$$' -e '^ok '
endef

# What no client is needed for has run with the tests.
e2e: ## the official clients against the gateway, those from npm too, each call with its answer (needs npm; a minute)
	@command -v npm >/dev/null || { echo "make e2e: npm is missing; it comes with https://nodejs.org, and in Debian as the package npm" >&2; exit 1; }
	cd internal/e2e/npm && npm ci --loglevel=error
	cd internal/e2e && go test -vet=off $(RACE) -count=1 -v -skip '^Test(Canar|Hits|Newcomer|OpenAPI|Parquet|Readme)' . -args -npm

check: fmt-check tidy-check generate-check deps test tour e2e ## what CI runs: format, tidy, generated files, import order, test, tour, e2e
	@echo "make check: all is well"

deps: ## the import order, and nothing else
	go test -count=1 -run 'TestDeps|TestDirectDependencies' .

tour: ## the gateway plays its tour against itself
	go run ./examples/gateway -tour

fmt: ## format every file
	gofmt -s -w .

fmt-check:
	@unformatted=$$(gofmt -s -l .) || exit 1; \
	[ -z "$$unformatted" ] || { echo "make fmt would change:" >&2; echo "$$unformatted" >&2; exit 1; }

# A dependency's own tests may need modules that cannot be had everywhere; -e
# lets tidy go on without them. They show in go.sum only, so go.mod is compared.
tidy: export GOWORK = off
tidy: ## tidy every go.mod
	$(call each,$(MODULES) $(TOOLS),go mod tidy -e)

tidy-check: export GOWORK = off
tidy-check:
	$(call each,$(MODULES) $(TOOLS),{ changes=$$(go mod tidy -e -diff); ! printf '%s\n' "$$changes" | grep -q '^diff current/go.mod' || { printf '%s\n' "$$changes"; exit 1; }; })

generate: ## write the generated files anew
	$(call each,$(MODULES),go generate ./...)

generated = git grep --untracked -l '^// Code generated .* DO NOT EDIT' -- '*.go' | xargs cksum
generate-check:
	@before=$$($(generated)) && $(MAKE) --no-print-directory generate && after=$$($(generated)) && \
	[ "$$before" = "$$after" ] || { echo "make $@: the generated files were stale; they are written anew now" >&2; exit 1; }

clean: ## remove what was built here
	rm -rf bin internal/e2e/npm/node_modules
