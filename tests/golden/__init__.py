"""Forecasts of small panels, kept so that no later change moves a bit of them unnoticed."""
