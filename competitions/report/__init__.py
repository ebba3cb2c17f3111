"""The report on all results: one HTML page that loads nothing, and Markdown.

| module | what it does |
|---|---|
| `collect` | brings results, published rows and data together, section by section |
| `rows` | a method with all of its seeds, and its totals |
| `pictures` | cuts the best and the worst series out of the data |
| `cells`, `words`, `numbers` | tables, sentences and numbers, whatever they are written in |
| `markdown` | writes them as Markdown |
| `page`, `html_tables`, `figures` | write them as HTML, with ``style.css`` and ``page.js`` |
| `charts`, `axes`, `labels` | draw SVG |
| `markup` | elements that are always balanced and escaped |
"""

from competitions.report.write import write_report

__all__ = ["write_report"]
