"""The report on all results: one HTML page that loads nothing, and Markdown.

| module | what it does |
|---|---|
| `collect` | brings results, published rows and data together, section by section |
| `rows` | a method with all of its seeds, and its totals |
| `pictures` | cuts the best and the worst series out of the data |
| `cells`, `words`, `numbers` | tables, sentences and numbers, for HTML and Markdown |
| `charts` | draws pictures by matplotlib |
| `page` | writes the HTML, by the template of `esrnn.plotting.page` |
| `markdown` | writes the Markdown |
"""

from competitions.report.write import write_report

__all__ = ["write_report"]
