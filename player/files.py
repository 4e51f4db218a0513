"""Where the package's own folders are: `static/` (the widget) and `demo/` (the QA pages).

Both stand at the top of the source tree, and are mapped into the installed package as `player.static` and
`player.demo`. Reading them through this module works in a wheel, in an editable install, and in a plain checkout
that is merely on PYTHONPATH.
"""

from importlib import import_module
from importlib.resources import files
from pathlib import Path


def static() -> Path:
    """The widget's folder; what the build made is below it, in `build/`."""
    return _folder("static")


def demo() -> Path:
    """The demo's folder: pages, catalogue and media."""
    return _folder("demo")


def _folder(name: str) -> Path:
    """Raises FileNotFoundError when neither the installed package nor a checkout has the folder."""
    try:
        # A path, not an abstract Traversable: servers and range requests need real files, and pip always unpacks.
        return Path(str(files(import_module(f"player.{name}"))))
    except ModuleNotFoundError as error:
        if error.name != f"player.{name}":
            raise
    beside = Path(__file__).resolve().parent.parent / name
    if not (beside / "__init__.py").is_file():
        raise FileNotFoundError(f"neither the package player.{name} nor the folder {beside} exists")
    return beside
