"""Golden files: what was printed last time, compared, or renewed with --update-golden."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

GOLDEN = Path(__file__).parent / "golden"

# The same examples in every run: `make fuzz` is there to find others. How long one takes says
# more of the machine's load than of the code.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", UNTIMED, print_blob=True)
settings.register_profile("suite", UNTIMED, derandomize=True)
settings.load_profile("suite")

# A suite in the background is started with Ctrl-C ignored; the programs it tests would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """The tests themselves are no garbage: looking at each of them over and over takes time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden(file name, text) compares; review renewed files as a diff."""

    def compare(name: str, found: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(found, "utf-8")
        assert found == path.read_text("utf-8")

    return compare
