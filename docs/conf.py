"""Sphinx configuration; `make docs` builds with warnings as errors and without the internet."""

import inspect

from sphinx.application import Sphinx

import esrnn

project = "esrnn"
author = "The esrnn developers"
project_copyright = f"2026, {author}"
release = version = esrnn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"esrnn {version}"

# Types stand in the docstrings, with shapes and units; aliases in signatures would repeat them.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# For some members only, a directive needs :no-members: before its :members:.
autodoc_default_options = {"members": True}
# Members are listed by autodoc; numpydoc's own tables would want a page for each of them.
numpydoc_show_class_members = False
# "ndarray of shape (n_obs,)" is prose, not a reference.
numpydoc_xref_param_type = False
# Terms of sktime's glossary, in what ESRNN inherits from its base class.
nitpick_ignore = [("std:term", "mtype"), ("std:term", "scitype")]


def headings_to_rubrics(
    _app: Sphinx, what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Turn the headings of a module's docstring into rubrics.

    numpydoc does so for classes and functions only; as sections, the "References" of two modules
    would collide on one page.
    """
    if what != "module":
        return
    for i in range(len(lines) - 1, 0, -1):
        title, rule = lines[i - 1].strip(), lines[i].strip()
        if title and rule and set(rule) == {"-"} and len(rule) >= len(title):
            lines[i - 1 : i + 1] = [f".. rubric:: {title}", ""]


def skip_fields(
    _app: Sphinx, _what: str, _name: str, obj: object, _skip: bool, _options: object
) -> bool | None:
    """Leave out the fields of named tuples, which their class describes under "Attributes"."""
    return True if (inspect.getdoc(obj) or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", headings_to_rubrics)
    app.connect("autodoc-skip-member", skip_fields)
