# Each target calls a script of the same name in scripts/, whose first lines say what it does.
.DEFAULT_GOAL := help
.PHONY: help setup build install deb test test-versions demo psql bench lint clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## install what is missing: PostgreSQL, its development files, cargo-pgrx
	@scripts/setup.sh

build: ## build in release mode, into target/package
	@scripts/build.sh

install: ## build, and install into the PostgreSQL of PG_CONFIG (default: the system's)
	@scripts/install.sh

deb: ## build a Debian package for the PostgreSQL of PG_CONFIG, in target/
	@scripts/deb.sh

test: ## run every test on a private server (ONLY=sql/NAME for one of them)
	@scripts/test.sh

test-versions: ## run every test on PostgreSQL 17 and 18, in Debians of their own (root, network)
	@scripts/test_versions.sh

demo: ## a small CRM on a private server, and a story to follow
	@scripts/demo.sh

psql: ## a shell on the demo's server
	@scripts/psql.sh

bench: ## compare with hand-written filters (ONLY="company switching" for parts)
	@scripts/bench.sh

lint: ## formatting and clippy
	@scripts/lint.sh

clean: ## stop the demo, delete what was built
	@scripts/clean.sh
