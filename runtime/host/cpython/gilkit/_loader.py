# SPDX-License-Identifier: MIT
"""gilkit.load: modules from anywhere, through gilkit's own gate."""
import sys
# Not from threading: an interpreter's end waits for the thread that imported that first.
from _thread import RLock  # type: ignore[attr-defined]

from gilkit import _host
from gilkit._paths import path_or_name as _path_or_name

_loaded: dict = {}  # (device, inode) -> module
_lock = RLock()  # over a whole load: a module's init may load others


class _Loader:
    """The two steps of Python's importer, over a file that was mapped already."""

    def __init__(self, mapped):
        self._mapped = mapped

    def create_module(self, spec):
        return _host.create(self._mapped, spec)

    def exec_module(self, module):
        _host.execute(module)


def load(path_or_name):
    """Load a gilkit module file by path, or by name from GILKIT_PATH and the folder of installed modules.

    The file is checked before any of it runs: regular, not for everybody to write, built for this machine and this
    gilkit. The module is returned; loading the same file again returns the same module. It is entered in sys.modules when
    nothing of its name is there. Raises ImportError, which says why.
    """
    from importlib.machinery import ModuleSpec
    from importlib.util import module_from_spec
    name = _path_or_name(path_or_name, "path_or_name")
    with _lock:
        name, path, device, inode, mapped = _host.map(name)
        module = _loaded.get((device, inode))
        if module is None:
            module = _imported(name, path)
        if module is None:
            spec = ModuleSpec(name, _Loader(mapped), origin=path)
            spec.has_location = True
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            _loaded[device, inode] = module
            sys.modules.setdefault(name, module)
        return module


def _imported(name, path):
    """The module of this file that `import` made, if it did."""
    from os.path import samefile
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    try:
        return module if file and samefile(file, path) else None
    except OSError:
        return None
