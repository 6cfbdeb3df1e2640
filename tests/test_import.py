"""Importing chainrule is quick and loads nothing but the standard library."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, sys, time
before = set(sys.modules)
start = time.perf_counter()
import chainrule
milliseconds = 1e3 * (time.perf_counter() - start)
new = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"new": new, "milliseconds": milliseconds}))
"""


def test_import_loads_the_standard_library_alone() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    report = json.loads(run.stdout)
    print(f"import chainrule: {report['milliseconds']:.1f} ms")
    foreign = [
        name
        for name in report["new"]
        if name != "chainrule" and name not in sys.stdlib_module_names
    ]
    assert "chainrule" in report["new"]
    assert not foreign


def test_import_changes_no_global_setting() -> None:
    limit = "sys.getrecursionlimit()"
    script = f"import sys; before = {limit}; import chainrule; assert {limit} == before"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)
