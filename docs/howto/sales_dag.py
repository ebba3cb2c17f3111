"""Forecast the sales that landed, every night."""

from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="0 3 * * *", start_date=datetime(2026, 1, 1), catchup=False)
def sales():
    """Forecast all files, then say what was rejected."""

    @task(retries=2)
    def forecast(landing: str, out: str) -> dict:
        from esrnn.jobs import Run
        from esrnn.jobs import forecast as run_job

        return run_job(landing, out, 12, run=Run(on_error="fallback")).to_dict()

    @task
    def tell(report: dict) -> str:
        counts = report["counts"]
        return f"{counts['n_series']} series forecast, {counts['n_rejected']} rejected"

    return tell(forecast("/srv/sales/landing", "/srv/sales/forecasts"))


sales()
