# The short way in. Everything is built in build/; `make help` lists the rest.
# RelWithDebInfo and Debug instead take a tenth longer at least.
BUILD_TYPE ?= Release
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
CMAKE_ARGS ?=
# So many sources of a room are compiled at once, which takes half the time and
# up to 1.5 GB for each job. Who works on one of them sets 1.
BATCH ?= 16

sources = $(shell git ls-files '*.cpp' '*.hpp')
configure = cmake -G Ninja -DCMAKE_BUILD_TYPE=$(BUILD_TYPE) \
  -DCMAKE_UNITY_BUILD=$(if $(filter 1,$(BATCH)),OFF,ON) \
  -DCMAKE_UNITY_BUILD_BATCH_SIZE=$(BATCH) $(CMAKE_ARGS)
ctest = ctest --output-on-failure --no-tests=error -j $(JOBS)

help:
	@echo 'make demo          install what is missing, build, import real records'
	@echo 'make test          install what is missing, build, run all tests'
	@echo 'make sanitize      the same under AddressSanitizer and UBSan'
	@echo 'make tsan          the tests that have threads under ThreadSanitizer'
	@echo 'make coverage      lines that the tests run; at least 90 in a hundred'
	@echo 'make soak          faults under load, SECONDS=60 each, SEED= repeats one'
	@echo 'make fuzz          every parser under libFuzzer, SECONDS=300 each, TARGET= one'
	@echo 'make bench         measure the runtime beside a hand-written loop'
	@echo 'make format        format all sources'
	@echo 'make check-format  say what is not formatted'
	@echo 'make lint          clang-tidy over all sources'
	@echo 'make install       install the library (PREFIX=/usr/local)'
	@echo 'make clean         remove build/'

demo:
	@ci/install-packages build
	$(configure) -S . -B build -DEVENTSOURCE_TESTS=OFF -DEVENTSOURCE_BENCH=OFF
	cmake --build build -j $(JOBS) --target esctl
	build/bin/esctl demo

test:
	@ci/install-packages build test
	$(configure) -S . -B build -DEVENTSOURCE_TESTS=ON -DEVENTSOURCE_BENCH=ON
	cmake --build build -j $(JOBS)
	$(ctest) --test-dir build

sanitize:
	@ci/install-packages build test
	$(configure) -S . -B build/asan -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' -DEVENTSOURCE_SANITIZE=ON \
	  -DEVENTSOURCE_BENCH=OFF
	cmake --build build/asan -j $(JOBS)
	UBSAN_OPTIONS=print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=$(CURDIR)/cmake/lsan.supp:print_suppressions=0 \
	  $(ctest) --test-dir build/asan

# What tests of how the runtime is built and installed cover says nothing.
coverage:
	@ci/install-packages build test coverage
	$(configure) -S . -B build/coverage -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_FLAGS_DEBUG='-O0 -g1 --coverage -fprofile-update=atomic' \
	  -DEVENTSOURCE_BENCH=OFF -DEVENTSOURCE_JEMALLOC=OFF
	cmake --build build/coverage -j $(JOBS)
	find build/coverage -name '*.gcda' -delete
	$(ctest) --test-dir build/coverage \
	  -E '^(compile_fail|package|docs|test_house|simulation)\.'
	gcovr --root . --object-directory build/coverage -j $(JOBS) \
	  --filter domain/ --filter store/ --filter actors/ \
	  --exclude-throw-branches --exclude-unreachable-branches \
	  --html-details build/coverage/report.html \
	  --print-summary --fail-under-line 90

# Those tests that have threads of their own. CAF and libpqxx come without
# instrumentation, so that what happens in them is not looked at, and suites that
# run actors on several threads can't be: who hands a message on is not seen.
thread_tests = test_domain test_config test_store test_postgres test_actors
actor_thread_suites = chained_actor|idle_workers|postgres_runtime|postgres_subscriptions|runtime|store_worker|turn_pack
tsan:
	@ci/install-packages build test
	$(configure) -S . -B build/tsan -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' -DEVENTSOURCE_SANITIZE_THREADS=ON \
	  -DEVENTSOURCE_BENCH=OFF
	cmake --build build/tsan -j $(JOBS) --target $(thread_tests)
	TSAN_OPTIONS=suppressions=$(CURDIR)/cmake/tsan.supp:history_size=4 \
	  $(ctest) --test-dir build/tsan -R \
	  '^($(subst $() ,|,$(thread_tests)))\.' -E '\.($(actor_thread_suites))$$'

SECONDS ?= 60
SEED ?=
# One after the other: each scenario is to have the machine for itself.
soak:
	@ci/install-packages build test
	$(configure) -S . -B build -DEVENTSOURCE_TESTS=ON
	cmake --build build -j $(JOBS) --target test_faults \
	  test_nats_faults test_relay_faults
	@seed=$(SEED); seed=$${seed:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "SEED=$$seed SECONDS=$(SECONDS)"; \
	ES_SOAK_SEED=$$seed ES_SOAK_SECONDS=$(SECONDS) \
	  sh -c 'for each in test_faults test_nats_faults test_relay_faults; do \
	    build/bin/$$each -n -v 3 -r 86400 || exit 1; done'

# The corpus grows in build/fuzz/corpus and goes on from there the next time.
TARGET ?=
fuzz: SECONDS := $(if $(filter file,$(origin SECONDS)),300,$(SECONDS))
fuzz:
	@ci/install-packages build test fuzz
	$(configure) -S . -B build/fuzz -DCMAKE_CXX_COMPILER=clang++ \
	  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
	  -DEVENTSOURCE_SANITIZE=ON -DEVENTSOURCE_FUZZ=ON
	cmake --build build/fuzz -j $(JOBS) \
	  --target $(if $(TARGET),fuzz_$(TARGET),fuzz_targets)
	tests/fuzz/run.sh build/fuzz $(SECONDS) $(JOBS) $(TARGET)

bench:
	@ci/install-packages build
	$(configure) -S . -B build -DEVENTSOURCE_TESTS=OFF -DEVENTSOURCE_BENCH=ON
	cmake --build build -j $(JOBS) --target es_bench
	build/bin/es_bench --report build/bench-report.md

format:
	@ci/install-packages style
	clang-format -i $(sources)

check-format:
	@ci/install-packages style
	@clang-format --dry-run -Werror $(sources)

# clang can't read the precompiled headers of g++, and looks at single sources.
lint: BATCH = 1
lint: check-format
	@ci/install-packages build test
	$(configure) -S . -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
	clang-tidy -p build/lint --quiet $(filter-out \
	  tests/actors/compile_fail/% tests/domain/compile_fail/% \
	  tests/testing/compile_fail/% tests/package/%,$(filter %.cpp,$(sources)))

install:
	@ci/install-packages build
	$(configure) -S . -B build -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build build -j $(JOBS)
	cmake --install build

clean:
	rm -rf build

.PHONY: help demo test sanitize coverage tsan soak fuzz bench format check-format lint install clean
