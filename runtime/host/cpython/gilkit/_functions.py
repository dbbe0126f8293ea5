# SPDX-License-Identifier: MIT
"""What inspect, help() and pickle ask of a function: called from the compiled half."""
import sys
from inspect import Parameter, Signature
from keyword import iskeyword


def _is_unwritable(name):
    """Keywords; and type checkers take what begins with two underscores for a name that callers do not write."""
    return iskeyword(name) or name.startswith("__")


def _other_name(name, names):
    name = name.lstrip("_") + "_"
    if not name[0].isalpha():
        name = "p" + name
    while name in names:
        name += "_"
    return name


def _parameters(names, is_method):
    """What cannot be written as a keyword goes by position, with all up to the last of them; `gilkit inspect --stubs`
    has the same names."""
    first_free = 1 if is_method else 0
    if is_method and "self" in names[1:]:
        names = ["_self", *names[1:]]
    for i, name in enumerate(names):
        if _is_unwritable(name):
            first_free = i + 1
    for i, name in enumerate(names):
        kind = Parameter.POSITIONAL_ONLY if i < first_free else Parameter.POSITIONAL_OR_KEYWORD
        yield Parameter(_other_name(name, names) if _is_unwritable(name) else name, kind)


def signature(names, is_method):
    return Signature(list(_parameters(names, is_method)))


def signature_text(names, is_method):
    text = str(signature(names, is_method))
    return "($" + text[1:] if is_method else text


def reduce(function):
    """A function of a module by its name; of one that was loaded, through its file; of a library, bound again."""
    import gilkit
    home = function.__gilkit_home__
    if isinstance(home, gilkit.Library):
        return bind_again, (home.path, function.prototype, function.gil)
    spec = getattr(home, "__spec__", None)
    if type(getattr(spec, "loader", None)).__module__ == "gilkit._loader":
        return load_again, (spec.origin, function.__qualname__)
    if sys.modules.get(home.__name__) is not home:
        raise_unpicklable(function)
    return function.__qualname__


def raise_unpicklable(function):
    from pickle import PicklingError
    raise PicklingError(f"{function!r} cannot be pickled: sys.modules has no module {function.__module__} with it; "
                        f"put its file on sys.path and import it")


def bind_again(path, prototype, gil):
    import gilkit
    return gilkit.library(path).bind(prototype, gil=gil)


def load_again(path, name):
    import gilkit
    found = gilkit.load(path)
    for part in name.split("."):
        found = getattr(found, part)
    return found
