# Every target is one call of the harness; `swift run harness --help` tells the rest. `up` builds the function first.
HARNESS = swift run --quiet harness
TARGET = local
PORT = 4566
CLUSTER = docker
PLACE = --target '$(TARGET)' --port '$(PORT)'
STACK = $(PLACE) --cluster '$(CLUSTER)' $(if $(BACKEND),--backend '$(BACKEND)') $(if $(APPROVE),--approve)

.PHONY: help up down status permissions test check doctor bench mutate links report submission pins

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-12s %s\n", $$1, $$2}' '$(firstword $(MAKEFILE_LIST))'

.build/debug/harness:
	@echo 'building the harness, which takes some minutes the first time' >&2

up down status permissions check doctor bench mutate report: | .build/debug/harness

up: ## bring the stack up and verify it (ONLY=name, WITHOUT=name for a part; TARGET=aws BACKEND=FILE APPROVE=yes for a real account)
	@swift build --quiet --product bootstrap
	@$(HARNESS) up $(STACK) $(foreach name,$(ONLY),'$(name)') $(foreach name,$(WITHOUT),--without '$(name)')

down: ## take the stack down and verify that nothing is left
	@$(HARNESS) down $(STACK)

status: ## show the status of each component
	@$(HARNESS) status $(PLACE)

permissions: ## test permissions on the running stack
	@$(HARNESS) permissions $(PLACE)

test: ## run all tests and keep a record for `make report`
	@mkdir -p .harness
	@HARNESS_TEST_DEPTH=full swift test --event-stream-output-path .harness/tests.jsonl --event-stream-version 6.3

check: ## check every artifact, advice included
	@$(HARNESS) check --strict

doctor: ## list the external tools and how to install a missing one
	@$(HARNESS) doctor

bench: ## measure the aims and compare with other tools; writes docs/benchmarks.md (ONLY=name for one, LONG=yes for a fresh clone)
	@$(HARNESS) bench $(if $(ONLY),--only '$(ONLY)') $(if $(LONG),--long)

mutate: ## run mutation tests: break artifacts and test that the checks detect it
	@$(HARNESS) mutate

links: .build/debug/harness ## update the proof links in SUBMISSION.md after a change of code
	@$(HARNESS) report --links

report: ## compute the proof level of each ask from real runs (TESTS=FILE: the event stream of swift test)
	@$(HARNESS) report $(if $(TESTS),--tests '$(TESTS)')

submission: ## pack the committed files as submission.zip, and one zip for each exercise
	@./scripts/submission.sh

pins: ## lock the Python tools after an edit of Sources/Harness/Tooling/Pins/*.in
	@./scripts/lock-pins.sh
