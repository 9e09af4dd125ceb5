# Every target is one call of the harness; `swift run harness --help` tells the rest. `up` builds the function first.
HARNESS = swift run --quiet harness
TARGET = local
PORT = 4566
CLUSTER = docker
PLACE = --target '$(TARGET)' --port '$(PORT)'
STACK = $(PLACE) --cluster '$(CLUSTER)' $(if $(BACKEND),--backend '$(BACKEND)') $(if $(APPROVE),--approve)

.PHONY: help up down status permissions test check doctor bench mutate links report submission pins

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-12s %s\n", $$1, $$2}' '$(firstword $(MAKEFILE_LIST))'

.build/debug/harness:
	@echo 'building the harness, which takes some minutes the first time' >&2

up down status permissions check doctor bench mutate report: | .build/debug/harness

up: ## bring the stack up and read it back (ONLY=name, WITHOUT=name for a part; TARGET=aws BACKEND=FILE APPROVE=yes for a real account)
	@swift build --quiet --product bootstrap
	@$(HARNESS) up $(STACK) $(foreach name,$(ONLY),'$(name)') $(foreach name,$(WITHOUT),--without '$(name)')

down: ## take the stack down and make sure that nothing is left
	@$(HARNESS) down $(STACK)

status: ## where each component stands
	@$(HARNESS) status $(PLACE)

permissions: ## who may do what, tried on the stack that is up
	@$(HARNESS) permissions $(PLACE)

test: ## all tests at full depth; keeps a record for `make report`
	@mkdir -p .harness
	@HARNESS_TEST_DEPTH=full swift test --event-stream-output-path .harness/tests.jsonl --event-stream-version 6.3

check: ## every artifact, advice included
	@$(HARNESS) check --strict

doctor: ## the outside tools and how to get a missing one
	@$(HARNESS) doctor

bench: ## ours beside the aims and the tools' own, into docs/benchmarks.md (ONLY=name for one, LONG=yes for a fresh clone)
	@$(HARNESS) bench $(if $(ONLY),--only '$(ONLY)') $(if $(LONG),--long)

mutate: ## break the artifacts on purpose and see whether the checks notice
	@$(HARNESS) mutate

links: .build/debug/harness ## the lines of the proofs in SUBMISSION.md, after a change of code
	@$(HARNESS) report --links

report: ## how far each ask is proved, by what really ran (TESTS=FILE: the event stream of swift test)
	@$(HARNESS) report $(if $(TESTS),--tests '$(TESTS)')

submission: ## submission.zip: what is committed; and one for each exercise
	@./scripts/submission.sh

pins: ## lock the Python tools again after an edit of Sources/Harness/Tooling/Pins/*.in
	@./scripts/lock-pins.sh
