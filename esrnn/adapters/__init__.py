"""`ESRNN` in the form that other packages' tools want. Each module needs the extra of its name.

- `esrnn.adapters.fev`: a model for fev, a benchmark of forecasting tasks.
"""
