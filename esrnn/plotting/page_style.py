"""The style sheet of the page of diagnostics."""

from __future__ import annotations

from esrnn.plotting.svg import variables

__all__ = ["STYLE"]

STYLE = (
    """
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1c1e21; --soft: #595f66; --rule: #dcdcd6; --faint: #ecece7;
  --fine: #2c7044; --note: #7a5a00; --look: #b02a1e;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  """
    + variables(dark=False)
    + """
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e4e4e0; --soft: #a2a8ae; --rule: #3a3e43; --faint: #26292d;
    --fine: #7cc295; --note: #d9b45a; --look: #f08a7d;
    """
    + variables(dark=True)
    + """
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 86rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans);
  overflow-wrap: break-word;
}
h1, h2 { font-weight: 600; line-height: 1.2; }
h1 { margin: 0 0 .4rem; font-size: 1.8rem; }
h2 {
  margin: 0 0 .75rem; padding-top: .9rem; font-size: 1.3rem;
  border-top: 2px solid var(--own, var(--ink));
}
h2 small { margin-left: .5em; color: var(--soft); font-size: .9rem; font-weight: 400; }
h3 { margin: 0 0 .3rem; font-size: .9rem; font-weight: 600; }
section { margin-top: 2.5rem; }
.facts, figcaption, dd, summary { color: var(--soft); font-size: .875rem; }
.facts { margin: 0 0 1rem; }
.findings { margin: 0 0 1.25rem; padding: 0; list-style: none; max-width: 60rem; }
.findings li { display: grid; grid-template-columns: 3.8rem 1fr; padding: .15rem 0; }
.findings b { font-size: .8rem; line-height: 1.5rem; font-weight: 600; }
.findings b::before { content: "● "; }
.good b { color: var(--fine); } .note b { color: var(--note); } .warning b { color: var(--look); }
figure { margin: 0; min-width: 0; }
figcaption { margin-top: .35rem; line-height: 1.4; }
.two, .many { display: grid; gap: 1.75rem 2rem; }
.two { grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.two figcaption { max-width: 36rem; }
.many { grid-template-columns: repeat(auto-fit, minmax(min(100%, 13.5rem), 1fr)); }
.many h3 { margin-bottom: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { font-family: var(--sans) !important; }
details { margin-top: 1rem; }
summary { cursor: pointer; }
.scroll { overflow-x: auto; max-width: 100%; margin-top: .5rem; }
table {
  border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums lining-nums;
}
th, td { padding: .3rem .7rem; text-align: right; font-weight: 400; white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; position: sticky; left: 0;
  background: var(--paper); }
thead th { border-bottom: 1px solid var(--ink); color: var(--soft); }
tbody tr { border-bottom: 1px solid var(--faint); }
dl { display: grid; grid-template-columns: minmax(0, 1fr); margin: 0; max-width: 60rem; }
dt { margin-top: .6rem; font-size: .9rem; font-weight: 600; }
dd { margin: 0; }
@media (min-width: 48rem) {
  dl { grid-template-columns: 11rem minmax(0, 1fr); }
  dd { margin-top: .6rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; }
  body { max-width: none; padding: 0; font-size: 9pt; }
  figure, tr, .findings li { break-inside: avoid; }
  h2 { break-after: avoid; }
}
"""
)
