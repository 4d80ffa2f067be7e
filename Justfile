# Short names for the scripts; each script also works alone.

set positional-arguments

scripts := justfile_directory() / "scripts"

# List the recipes
default:
    @"{{ just_executable() }}" --list

# Generate a dump: just run SCHEMA --out dump.sql
[no-cd]
run *args:
    @"{{ scripts }}/run" "$@"

# Run the tests; arguments go to pytest
test *args:
    @"{{ scripts }}/test" "$@"

# Check style, format and types
lint:
    @"{{ scripts }}/lint"

# Run the benchmarks; arguments go to pytest
bench *args:
    @"{{ scripts }}/test" bench/ --benchmark-only "$@"

# Accept changed output as the new golden digests
update-golden:
    @"{{ scripts }}/test" --update-golden
