"""Prints which test covers which operation of the Flow Service, as a Markdown table.

    TEST_CALLS=$PWD/target/calls.tsv cargo test -p lakehead-server --features failpoints --test it
    python3 tests-python/operations.py target/calls.tsv

A test covers an operation when it was answered with 2xx; refusals are counted beside it, and named where there is nothing
else. An operation without a test makes the exit status 1.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOW_SERVICE = "/data/foundation/flowservice"
LIST = ROOT / "crates/lakehead-server/tests/it/openapi.rs"
MOST = 3


def operations() -> list[tuple[str, str]]:
    """The operations of the contract, which a test holds against the OpenAPI document."""
    text = LIST.read_text().split("FLOW_SERVICE_OPERATIONS", 1)[1].split("];", 1)[0]
    return [(method.upper(), path) for method, path in re.findall(r'\("(\w+)", "([^"]+)"\)', text)]


def pattern(path: str) -> re.Pattern:
    return re.compile(re.escape(path).replace(r"\{id\}", "(?!search$)[^/]+") + "/?$")


def named(calls: Counter) -> list[str]:
    return [f"`{test}` ({count})" for test, count in calls.most_common() if "::" in test][:MOST]


def main() -> int:
    calls = [line.rstrip("\n").split("\t") for line in Path(sys.argv[1]).read_text().splitlines()]
    print("| operation | tests (calls that were answered with 2xx) | refusals |\n| --- | --- | --- |")
    missing = 0
    for method, path in operations():
        matches = pattern(path)
        good, refused = Counter(), Counter()
        for test, verb, url, status in calls:
            url = re.sub(r"^https?://[^/]+", "", url)
            if verb == method and url.startswith(FLOW_SERVICE) and matches.fullmatch(url[len(FLOW_SERVICE) :]):
                (good if status.startswith("2") else refused)[test] += 1
        tests = named(good) or [f"refused in {test}" for test in named(refused)]
        missing += not tests
        print(f"| `{method} {path}` | {', '.join(tests) or 'none'} | {refused.total()} |")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
