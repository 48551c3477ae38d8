# `make help` explains the targets. Each target builds what it needs beyond Go, make and git.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

bin := .bin
generators := controller-gen crd-ref-docs applyconfiguration-gen client-gen informer-gen lister-gen

# The race detector needs a C compiler; nothing else does.
race := $(shell command -v $${CC:-gcc} >/dev/null && echo -race)

##@ Everyday

help: ## Show this help.
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A variable of make as a flag of the program: TRACE=load.csv is -trace load.csv. Without it, the program has its default.
flag = $(if $($(1)),-$(2) '$($(1))')

up: node = $(if $(filter real,$(NODE)),-real-node)
up: build-cluster ## Start a cluster with an application under load, and print its replicas: TRACE, SPEED, LOAD, NODES, NODE=real, DURATION, RECORD.
	@e2e/.bin/up $(call flag,NAME,name) $(call flag,TRACE,trace) $(call flag,START,start) $(call flag,SPEED,speed) \
	  $(call flag,LOAD,load) $(call flag,PEAK,peak) $(call flag,NODES,nodes) $(call flag,NODE,node) \
	  $(call flag,DURATION,duration) $(call flag,RECORD,record)

down: ## Stop every `make up` of other terminals; NAME stops one of them.
	@[ ! -x e2e/.bin/up ] || e2e/.bin/up -down $(call flag,NAME,name)

# Quick checks run first. Lint follows the build of the cluster, which shows its progress and compiles the packages that lint
# reads.
test: verify-generate test-product test-release build-cluster lint test-e2e ## Check generated files, lint, and run all tests but those of test-long.

test-long: build-cluster $(bin)/golangci-lint ## Run, before a release, the long forms of tests and all packages under the race detector.
	go test $(race) -timeout 60m ./...
	$(MAKE) windows sim-outages diff bench-adapter
	cd e2e && CGO_ENABLED=0 go test -p 1 -count 1 -timeout 120m ./suite ./adapterfaults ./outages ./scale ./helm -long
	$(MAKE) test-kyverno
	for module in certmanager kyverno; do \
	  (cd e2e/$$module && CGO_ENABLED=0 ../../$(bin)/golangci-lint run --config ../../.golangci.yml ./...); done

test-kyverno: ## Run Kyverno's own engine over docs/policies/kyverno.yaml; the first time it compiles 2,600 packages.
	cd e2e/kyverno && CGO_ENABLED=0 go test -count 1 ./...

plot: ## Draw the CSV of `make up RECORD=run.csv`: make plot CSV=run.csv SVG=run.svg.
	@go -C e2e build -o .bin/ ./cmd/plot
	@e2e/.bin/plot '$(CSV)' '$(SVG)'

# A pure package starts no goroutine: ARCHITECTURE.md lists them, and a test and lint enforce it. The race detector finds
# nothing in them and makes their property tests ten times slower, so only test-long runs them under it.
pure = awk -F'|' '$$2 ~ /`/ && $$3 == " pure " { gsub(/[` ]/, "", $$2); print "flyball.dev/flyball/" $$2 }' ARCHITECTURE.md

test-product: ## Test the product, without a cluster; packages with goroutines under the race detector.
	$(if $(race),,@echo "no C compiler found: testing without the race detector")
	go test -vet=off $$($(pure))
	go test -vet=off $(race) $$(go list ./... | grep -vxF "$$($(pure))")

test-release: ## Test what makes the image and checks licenses.
	cd .tools/release && CGO_ENABLED=0 go test ./...

# Without cgo, and so without the race detector, these tests use the packages that build-cluster has compiled; with it, all of
# Kubernetes would compile once more. The packages whose stories measure times run alone, because others beside them delay
# applications and decisions by seconds; within a package, stories share clusters. go list leaves out packages without tests.
# With -count 1, because go test's cache does not see files outside of the module, such as charts, docs and what the programs are
# built from.
# The longest of the others, which mostly waits, begins first.
timed := ./suite ./adapterfaults
longest := ./outages
tested = $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
others = $(longest) $$(grep -vxF "$$(go list $(timed) $(longest))" <<<"$(tested)")

# Stories measure times on CPUs that they share. One that fails beside others runs once more, alone. If it passes then, the run does, too,
# and lists it under "Failed" at its end: its times, or those of Flyball, are too long for this machine, which is to be looked into.
stories := ../$(bin)/gotestsum --format standard-quiet --rerun-fails=1 --rerun-fails-max-failures=3 --rerun-fails-run-root-test

test-e2e: build-cluster $(bin)/gotestsum ## Test against a real control plane, in the module e2e.
	@cd e2e && export CGO_ENABLED=0 && failed= && \
	  { $(stories) --packages='$(timed)' -- -vet=off -p 1 -count 1 -timeout 60m || failed=yes; } && \
	  { $(stories) --packages="$(others)" -- -vet=off -p 2 -count 1 -timeout 60m || failed=yes; } && [ -z "$$failed" ]

# It measures the time of a read on an idle machine. The other assertions of this test are those of test-e2e.
bench-adapter: build-cluster ## Read metrics through the API 200 times a second, under 500 autoscalers, and check that the p99 is under 10 ms.
	cd e2e && CGO_ENABLED=0 FLYBALL_BINARIES=$$PWD/.bin go test ./adapterfaults -count 1 -v -run '^TestFewQueriesServeManyAutoscalers$$' \
	  -autoscalers 500 -p99 10ms -reads-per-second 200 -read-time 30s -read-refresh 10s

# Variables that are set become flags; without them the command has its defaults. SECOND_ADAPTER and SECOND_ADAPTER_ARGS, from the
# environment, name another metrics adapter and its arguments, and AUTOSCALER_FLAGS those of the arms direct-tuned and api-tuned.
bench-scale: build-cluster ## Measure the cost and the reaction of N autoscalers in one cluster, beside HPAs: N, PERIOD, SPAN, ARMS, METRICS, NAMESPACES, PODS, FROZEN, LOAD, JSON, CHARTS, PAGE, FROM.
	@e2e/.bin/scale $(if $(filter command environment,$(firstword $(origin N))),-n '$(N)') $(call flag,PERIOD,period) $(call flag,SCRAPE,scrape) \
	  $(call flag,SPAN,span) $(call flag,ARMS,arms) $(call flag,METRICS,metrics) $(call flag,NAMESPACES,namespaces) $(call flag,PODS,pods) \
	  $(call flag,LOAD,load) $(if $(FROZEN),-frozen='$(FROZEN)') $(if $(STEPS),-steps='$(STEPS)') $(call flag,PROFILES,profiles) $(call flag,JSON,json) $(call flag,CHARTS,charts) $(call flag,PAGE,page) $(call flag,FROM,from)

outages: build-cluster ## Hang Prometheus for a minute, kill it for two, under 108 applications, and compare every replica count with the load.
	cd e2e && CGO_ENABLED=0 FLYBALL_BINARIES=$$PWD/.bin go test ./outages -count 1 -v -timeout 60m -long

PAIRS ?= 0

faults: build-cluster ## Break what Flyball depends on, fault by fault and in PAIRS (0) random pairs from SEED (1) on, compare every write with the load, and print the table of docs/reliability.md.
	cd e2e && CGO_ENABLED=0 FLYBALL_BINARIES=$$PWD/.bin go test ./faultmatrix -count 1 -v -timeout 0 -long -pairs '$(PAIRS)' $(call flag,SEED,seed)

# It goes on where it was stopped, as long as nothing of it has changed. Some loads are files that are not ours to give.
scoreboard: ## Run every policy over every load, and write docs/scoreboard.md: TRACES, the folder of recorded loads.
	@go build -o .bin/ ./sim/cmd/simdocs
	@.bin/simdocs scoreboard $(call flag,TRACES,traces)

batch-nights: ## Run random batch nights through all policies, and write docs/batch.md: TRACES, the folder of recorded loads.
	@go run ./sim/cmd/simdocs batch-nights $(call flag,TRACES,traces)

random-loads: ## List LOADS (10) random loads from seed FIRST (0) on, and write each as a trace to DIR: LOADS, FIRST, DIR.
	@go run ./sim/cmd/simdocs random-loads $(call flag,LOADS,loads) $(call flag,FIRST,first) $(call flag,DIR,dir)

# It goes on where it was stopped. Seeds below 1000000 are reserved for tuning.
bounds: ## Run a policy over LOADS (1000) random loads from seed FIRST on, or over recorded ones in TRACES, and print its worst loads: LOADS, FIRST, TRACES, SEEDS, METRIC, LONGEST, STARTS, LAG, POLICIES, STORE.
	@go build -o .bin/ ./sim/cmd/simdocs
	@.bin/simdocs bounds $(call flag,LOADS,loads) $(call flag,FIRST,first) $(call flag,LONGEST,longest) $(call flag,STARTS,starts) \
	  $(call flag,TRACES,traces) $(call flag,SEEDS,seeds) $(call flag,METRIC,metric) $(call flag,LAG,lag) $(call flag,POLICIES,policies) $(call flag,STORE,store)

##@ Checks

# The recipe runs the test program itself, because go test would hold its progress back. Last, it shows the functions and lines of
# upstream's decision that no step covers.
upstream := k8s.io/kubernetes/pkg/controller/podautoscaler
decision := /(horizontal|replica_calculator|utilization|hpa_selector_store)\.go:
N ?= 1000000

diff: ## Compare the engine with upstream's own controller in N steps (1000000), and print the branches they cover: N, FIRST.
	@cd e2e && CGO_ENABLED=0 go test -c -o .bin/differential.test -cover -coverpkg $(upstream),$(upstream)/metrics ./differential
	@cd e2e/differential && differs=0 && \
	  { ../.bin/differential.test -test.run '^TestAgainstUpstream$$' -test.timeout 0 \
	    -test.coverprofile ../.bin/differential.cover -steps $(N) $(call flag,FIRST,first) || differs=$$?; } && \
	  echo && go tool cover -func ../.bin/differential.cover | { grep -E '$(decision)' || true; } && \
	  echo 'not covered:' && { grep -E '$(decision).* 0$$' ../.bin/differential.cover | sort -t: -k1,1 -k2,2n || true; } && exit $$differs

OUTAGES ?= 100000

sim-outages: ## Simulate OUTAGES (100000) random outages of Prometheus, and compare every scale-in with the load.
	go test ./sim -run '^TestOutages' -v -timeout 0 -outages $(OUTAGES)

WINDOWS ?= 100000

windows: ## Compare WINDOWS (100000) random windows with a model that steps by the minute, at every clock change.
	go test ./autoscaler/schedule -run '^(TestEveryZone|TestRandomWindowsAgainstTheTwin)$$' -v -timeout 0 -every-change -windows $(WINDOWS)

# go test fuzzes one target at a time. The loop runs all, also after a failure. An input that fails stays in testdata/fuzz of
# the package and is a test from then on. -fuzzminimizetime limits the minute that go test would spend on each smaller input.
FUZZTIME ?= 10m

fuzz: ## Run every fuzz target of the product, one after another, for FUZZTIME (10m) each.
	@found=; \
	for package in $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do \
	  tests=$$(go test -list '^Fuzz' "$$package"); \
	  for target in $$(grep '^Fuzz' <<<"$$tests" || true); do \
	    echo "fuzzing $$target of $$package for $(FUZZTIME)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' -fuzzminimizetime 2s "$$package" || found+=" $$target"; \
	  done; \
	done; \
	if [ -n "$$found" ]; then echo "failing inputs:$$found"; exit 1; fi

# The figures in docs/metrics-adapter.md come from here: planning, tables, reading and memory by series.
BENCHTIME ?= 1s

bench: ## Measure the metrics adapter's planner and store, with allocations: BENCHTIME (1s).
	go test -run '^$$' -bench . -benchmem -benchtime '$(BENCHTIME)' ./metricsadapter/plan ./metricsadapter/store

# Without cgo, as the programs are built, so that lint reads the packages that build compiled.
lint: export CGO_ENABLED = 0
lint: $(bin)/golangci-lint ## Check the prose, and run golangci-lint over the modules.
	cd .tools && go test ./prose && go run ./prose ..
	$(bin)/golangci-lint run ./...
	cd .tools/release && ../../$(bin)/golangci-lint run --config ../../.golangci.yml ./...
	cd e2e && ../$(bin)/golangci-lint run --config ../.golangci.yml ./...

format: $(bin)/golangci-lint ## Format the modules.
	$(bin)/golangci-lint fmt ./...
	cd .tools/release && ../../$(bin)/golangci-lint fmt --config ../../.golangci.yml ./...
	cd e2e && ../$(bin)/golangci-lint fmt --config ../.golangci.yml ./...

tidy: ## Update go.mod and go.sum of all modules to the imports of the code.
	go mod tidy
	cd e2e && go mod tidy
	cd e2e/certmanager && go mod tidy
	cd e2e/kyverno && go mod tidy
	cd .tools && go mod tidy
	cd .tools/release && go mod tidy

# CHECKS is a list of: secrets licenses workflows tidy checksums vulnerabilities.
verify: ## Check what a release is made of: secrets, licenses, workflows, modules, and vulnerabilities where their database can be had: CHECKS.
	@.tools/release/verify $(CHECKS)

verify-image: ## Build the image twice, the second time elsewhere from empty caches, and compare the digests.
	@.tools/release/verify-image

verify-generate: $(generators:%=$(bin)/%) ## Fail where generated files differ from the output of `make generate`.
	@.tools/verify-generate

##@ Build

build: ## Build the programs into .bin.
	go build -o $(bin)/ ./cmd/...

# The kubelet of a real node is built only on request, or where its tests can run; elsewhere they are skipped with the reason.
test test-e2e test-long: node = $(shell [ "$$(id -u)" = 0 ] && command -v containerd >/dev/null && echo -real-node)

build-cluster: ## Build the control plane, Prometheus, simulated nodes and our programs into e2e/.bin.
	@cd e2e && go run ./cmd/build $(node)

# Variables: IMAGE, the name of the image without a tag; VERSION, its tag. SOURCE_DATE_EPOCH replaces the time of the commit.
image: ## Build the container image into .bin/image, for amd64 and arm64, without a daemon: IMAGE, VERSION, PLATFORMS.
	@cd .tools/release && go run ./image -source ../.. -output ../../$(bin)/image \
	  $(call flag,IMAGE,repository) $(call flag,VERSION,version) $(call flag,PLATFORMS,platforms)

generate: $(generators:%=$(bin)/%) ## Generate deep copies, CRDs, the API reference, clients, listers, informers and apply configurations.
	.tools/generate

clean: ## Remove what was built.
	rm -rf $(bin) e2e/.bin

# .tools/go.mod, a module of its own, pins the tools, so that their dependencies stay out of the product's.
$(bin)/%: .tools/go.mod .tools/go.sum
	@echo "building $* (pinned in .tools/go.mod)"
	@mkdir -p $(bin)
	@cd .tools && go build -o ../$(bin)/ $$(go list tool | grep '/$*$$')
	@touch $@

.PHONY: image verify verify-image test-release test-kyverno bench-scale sim-outages help up down plot random-loads bounds scoreboard batch-nights test test-long test-product test-e2e bench-adapter outages diff fuzz bench lint format tidy verify-generate build build-cluster generate clean windows
