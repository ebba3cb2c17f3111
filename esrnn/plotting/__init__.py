"""Pictures, drawn by matplotlib, which ``pip install 'esrnn[plots]'`` brings.

`forecast` draws forecasts, `components` what they are put together from, `training` how the losses
went, `diagnostics` what goes on inside the network, `page` the same as a page of HTML. A figure is
returned and nothing is shown or written; pyplot and its open figures are left alone.
"""

from esrnn.plotting.components import plot_components
from esrnn.plotting.diagnostics import plot_diagnostics
from esrnn.plotting.forecast import plot_forecast
from esrnn.plotting.page import write_diagnostics_page
from esrnn.plotting.training import plot_training

__all__ = [
    "plot_components",
    "plot_diagnostics",
    "plot_forecast",
    "plot_training",
    "write_diagnostics_page",
]
