"""The public face: what ``import govkit`` gives, as a notebook's user meets it."""

import inspect
import subprocess
import sys
from importlib.metadata import version

import pytest

import govkit

TYPES = ["Figures", "InputError", "InternalError", "Problem", "Snapshot"]
MODULES = ["analysis", "charts"]
PUBLIC = [*TYPES, *MODULES, "list_reports", "open", "parameters", "render"]


def test_the_public_names_are_these() -> None:
    assert sorted(govkit.__all__) == sorted([*PUBLIC, "__version__"])
    assert sorted(dir(govkit)) == sorted(govkit.__all__)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_says_what_it_is(name: str) -> None:
    found = getattr(govkit, name)
    assert len(inspect.getdoc(found) or "") > 40
    if inspect.isfunction(found):
        hints = inspect.signature(found)
        assert hints.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", ["Snapshot", "Figures"])
def test_public_methods_are_documented_and_annotated(name: str) -> None:
    methods = inspect.getmembers(getattr(govkit, name), inspect.isfunction)
    for method, function in methods:
        if not method.startswith("_"):
            assert inspect.getdoc(function), f"{name}.{method}"
            assert "return" in function.__annotations__, f"{name}.{method}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        govkit.nothing  # noqa: B018


def test_names_complete_as_in_a_notebook() -> None:
    import jedi

    offered = {found.name for found in jedi.Interpreter("govkit.", [{"govkit": govkit}]).complete()}
    assert set(PUBLIC) <= offered


def test_the_version_is_that_of_the_package() -> None:
    assert version("govkit") == govkit.__version__


@pytest.mark.parametrize("heavy", ["pandas", "jupyterlab", "matplotlib", "IPython"])
def test_importing_the_package_is_cheap(heavy: str) -> None:
    code = f"import sys, govkit; print({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
