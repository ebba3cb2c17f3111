"""What goes on inside a trained network: gates, gradients back in time, weights, idle units.

`records` holds what is found, `recompute` runs cells step by step, `inspection` puts both together
for a member of an ensemble, `verdicts` says in words what the numbers mean. Pictures of it are
drawn by `esrnn.plotting`.
"""

from esrnn.diagnostics.inspection import inspect_network
from esrnn.diagnostics.records import (
    ACTIVITY_LEVELS,
    GateDiagnostics,
    LayerDiagnostics,
    NetworkDiagnostics,
)
from esrnn.diagnostics.verdicts import Finding, headline, layer_findings

__all__ = [
    "ACTIVITY_LEVELS",
    "Finding",
    "GateDiagnostics",
    "LayerDiagnostics",
    "NetworkDiagnostics",
    "headline",
    "inspect_network",
    "layer_findings",
]
