"""Hostile text never makes the package run, open or fetch anything: an audit hook watches."""

from __future__ import annotations

import json
import subprocess
import sys

PAYLOADS = [
    "__import__('os').system('touch hacked')",
    "__import__('os')",
    "x.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "exec('import os')",
    "eval(x)",
    "compile(x, y, z)",
    "open('/etc/passwd')",
    "os.system(x)",
    "lambda x: x",
    "[c for c in x]",
    "x if y else z",
    "x; import os",
    "x\nimport os",
    'x" + __import__("os").name + "',
    "x''' + y + '''",
    "{x.__init__.__globals__}",
    "{0.__class__}",
    "%s%s%n",
    "$(touch hacked)",
    "`touch hacked`",
    "| touch hacked",
    "\\input{/etc/passwd}",
    "\\write18{touch hacked}",
    "\\href{javascript:alert(1)}{x}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "__builtins__",
    "sympify(x)",
    "pickle.loads(x)",
    "getattr(x, 'y')",
    "x@y",
    "sin(x).__class__",
    "np.load('x')",
    "..%2f..%2fetc",
    "x = x",
    "u = __import__('os'); u",
    "import os",
    "print(x)",
    "a.b.c(x)",
    "x'*x",  # and some that are answered
    "sum(log(exp(-y.*(X*x)) + 1))",
    "exec*x",
    "lambda*x^2",
    "None*x",
    "self*x",
]

WATCH = """
import json, sys
import chainrule
from chainrule.errors import ProblemError, marked
from chainrule.faces.cli import main

def everything(expr):
    try:
        result = chainrule.derive(expr, wrt="x")
        return [result.code("numpy"), result.text(), result.latex(), result.markdown(),
                result.html(), result.svg(), json.dumps(result.record())]
    except ProblemError as error:
        return [marked(error, expr)]

payloads = json.load(sys.stdin)
exprs = [form.format(p) for p in payloads for form in ("{}", "sin({})", "x + {}")]
for expr in exprs:
    everything(expr)  # modules that are loaded when first used are loaded now

watching, seen = True, []

def hook(event, arguments):
    if watching and event.split(".")[0] in (
        "exec", "compile", "open", "subprocess", "os", "socket", "import", "shutil", "ctypes",
        "code", "pickle", "marshal", "urllib", "http",
    ):
        seen.append([event, repr(arguments)[:80]])

sys.addaudithook(hook)
answered = 0
for expr in exprs:
    answered += len(everything(expr)) > 1
watching = False
print(json.dumps({"seen": seen, "answered": answered}))
"""


def test_hostile_text_touches_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WATCH], input=json.dumps(PAYLOADS), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["answered"] >= 4
    assert not found["seen"], found["seen"][:5]
