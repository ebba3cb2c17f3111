"""What happens to a quantile after the network.

`calibration` gives the trained quantiles their levels by what was held back from training.
`error_scale` says how large a series' errors are beside those of the others, and `short_histories`
what to do where little is known of them. `levels` interpolates other levels from the trained ones,
`recursive` forecasts further than the horizon that the networks were trained for, and `support`
keeps forecasts to values that a series can take. `dependence` says how the steps of a horizon go
together, and `intermittent` draws from the past of series that are often zero. Plain numpy, in
units of y or on the scale of a series' form (`esrnn.forms`).
"""
