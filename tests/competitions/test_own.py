"""Somebody's own data and own methods, in a folder that knows nothing of the checkout."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.__main__ import main
from competitions.methods import Checkpoints, Settings, find_method
from competitions.report import write_report
from competitions.scoring import check_forecasts, score
from competitions.scoring.submission import read_submission
from competitions.task import load_data, load_task
from competitions.task.freeze import own_task
from esrnn.errors import InputError

ROOT = Path(__file__).parents[2]
METHODS = '''
import pandas as pd

def seasonal(train, task, seed):
    """Repeat the last season, one day's value raised by the seed."""
    parts = []
    for name, series in train.groupby("unique_id"):
        times = pd.date_range(series["ds"].iloc[-1], periods=task.horizon + 1, freq="D")[1:]
        last = series["y"].to_numpy()[-task.seasonal_period:]
        y_hat = [last[k % len(last)] + (k == 0) * seed for k in range(task.horizon)]
        parts.append(pd.DataFrame({"unique_id": name, "ds": times, "y_hat": y_hat}))
    return pd.concat(parts).sample(frac=1, random_state=0)

def nothing(train, task, seed):
    return None

def too_few(train, task, seed):
    return seasonal(train, task, seed).iloc[1:]

def other_days(train, task, seed):
    return seasonal(train, task, seed).assign(ds=pd.Timestamp("1999-01-01"))

def one_argument(train):
    return train

class Model:
    pass
'''


def _sales(n_series: int = 5, n_days: int = 60) -> pd.DataFrame:
    """Sales of shops that open one after another, rows in no order."""
    days, rng = pd.date_range("2025-11-03", periods=n_days), np.random.default_rng(0)
    shops = [
        pd.DataFrame({"unique_id": f"shop {k}", "ds": days[k:], "y": 20.0 + days[k:].dayofweek * 3})
        for k in range(n_series)
    ]
    sales = pd.concat(shops)
    return sales.assign(y=sales["y"] + rng.normal(size=len(sales))).sample(frac=1, random_state=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with data and methods."""
    _sales().to_csv(tmp_path / "sales.csv", index=False)
    (tmp_path / "mine.py").write_text(METHODS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.fixture
def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Run a command in this process, as if it were a new one, and return what it prints."""

    def run(arguments: str) -> str:
        for name in ("mine", "my_methods"):
            sys.modules.pop(name, None)
        capsys.readouterr()
        assert main(arguments.split()) == 0
        return capsys.readouterr().out

    return run


def test_five_seeds_of_an_own_method_on_own_data(
    folder: Path, command: Callable[[str], str]
) -> None:
    said = command("new-task sales.csv --horizon 7 --seasonal-period 7")
    assert said == "sales.json: sales, 5 series, 7 steps\n"
    run = "run sales.json --method mine:seasonal --seeds 0-4 --against snaive --quiet"
    done = subprocess.run(  # in a process of its own, as it is used
        [sys.executable, "-m", "competitions", *run.split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "sales, 5 seeds" in said
    assert "mine:seasonal, standard deviation" in said
    assert "test of mine:seasonal against each other, paired by 5 series" in said
    own, other = (
        json.loads((folder / "runs" / name / "scores.json").read_text(encoding="utf-8"))
        for name in ("sales-mine.seasonal-0", "sales-snaive-0")
    )
    assert own["mase"] == pytest.approx(other["mase"], rel=1e-12)  # seed 0 raises nothing
    again = command("score runs/sales-mine.seasonal-0")
    assert f"{own['owa']:.4f}" in again
    files = write_report(folder / "none", folder / "report", None, folder / "runs")
    text = files[1].read_text(encoding="utf-8")
    assert "## sales, all 5 series" in text
    assert "mine:seasonal, 5 seeds" in text
    (folder / "other").mkdir()
    for name in ("sales.csv", "sales.json"):
        (folder / "other" / name).write_bytes((folder / name).read_bytes())
    command("run other/sales.json --method naive --out runs/n --quiet")
    with pytest.raises(InputError, match="two tasks are called 'sales', rename one"):
        write_report(folder / "none", folder / "report", None, folder / "runs")


def test_series_of_ones_own(folder: Path) -> None:
    task = own_task(folder / "sales.csv", 7, 7)
    assert (task.group, task.n_series, task.is_partial) == ("daily", 5, False)
    assert own_task(folder / "sales.csv", 7, 1).group == "other"
    sales = _sales()
    sales.to_parquet(folder / "sales.parquet", index=False)
    assert own_task(folder / "sales.parquet", 7, 7).sha256 == task.sha256
    numbered = sales.assign(ds=(sales["ds"] - sales["ds"].min()).dt.days + 2001)
    numbered.to_csv(folder / "numbered.csv", index=False)
    numbers = own_task(folder / "numbered.csv", 7, 7)
    assert numbers.sha256 == task.sha256
    (folder / "numbered.json").write_text(json.dumps(vars(numbers)), encoding="utf-8")
    data = load_data(load_task("numbered.json"))
    assert data.test.loc["shop 2"].index.tolist() == list(range(2054, 2061))
    assert data.stamps is None


def test_a_file_with_a_row_for_each_series_as_m4s(folder: Path) -> None:
    rows = {"007": [5.0, 6.0, 7.0, 6.0, 9.0], "b": [1.0, 2.0, 4.0]}
    heads = ["V1", *(f"V{k}" for k in range(2, 7))]
    wide = pd.DataFrame([[one, *y] for one, y in rows.items()], columns=heads)
    wide.to_csv(folder / "wide.csv", index=False)
    long = [(one, k, value) for one, y in rows.items() for k, value in enumerate(y, 1)]
    pd.DataFrame(long, columns=["unique_id", "ds", "y"]).to_csv(folder / "long.csv", index=False)
    task = own_task(folder / "wide.csv", 1, 1)
    assert task.id_list == ["007", "b"]
    assert task.sha256 == own_task(folder / "long.csv", 1, 1).sha256
    wide.assign(V4=np.nan).to_csv(folder / "gap.csv", index=False)
    with pytest.raises(InputError, match="none: 1 found: series '007', step 3"):
        own_task(folder / "gap.csv", 1, 1)
    wide.set_axis(list("abcdef"), axis=1).to_csv(folder / "other.csv", index=False)
    with pytest.raises(InputError, match=r"got a, b, c, d, e, f\. .* called as M4's, V1, V2, V3"):
        own_task(folder / "other.csv", 1, 1)


def test_columns_of_other_names_are_told(folder: Path) -> None:
    sales = _sales().replace({"unique_id": {f"shop {k}": f"00{k}" for k in range(5)}})
    renamed = sales.rename(columns={"unique_id": "shop", "ds": "day", "y": "sold"})
    renamed.to_csv(folder / "shops.csv", index=False)
    names = "--id shop --time day --value sold --horizon 7 --out deep/in/week.json"
    assert main(["new-task", "shops.csv", *names.split()]) == 0
    data = load_data(load_task("deep/in/week.json"))
    assert sorted(data.ids) == [f"00{k}" for k in range(5)]
    assert list(data.own_frame().columns) == ["unique_id", "ds", "y"]


def test_a_file_of_a_task_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["new-task", "sales.csv", "--horizon", "7"]
    assert main(command) == main(command) == 0  # nothing else was there
    before = (folder / "sales.json").read_bytes()
    _sales().to_parquet(folder / "sales.parquet", index=False)
    other = ["new-task", "sales.parquet", "--horizon", "7"]
    assert main(other) == 1
    assert "sales.json is there and holds something else; --force" in capsys.readouterr().err
    assert (folder / "sales.json").read_bytes() == before
    assert main([*other, "--force"]) == 0
    assert load_task("sales.json").files["series"].endswith("sales.parquet")


def test_ids_with_spaces_are_read_again(folder: Path) -> None:
    """A line of the file must not end inside an id, however many and long they are."""
    names = {f"shop {k}": f"shop  {7 * k % 30} of {'a very ' * k}long street" for k in range(30)}
    sales = _sales(30).replace({"unique_id": names})
    sales.to_csv(folder / "streets.csv", index=False)
    assert main(["new-task", "streets.csv", "--horizon", "7", "--seasonal-period", "7"]) == 0
    assert sorted(load_data(load_task("streets.json")).ids) == sorted(names.values())


def test_a_task_can_be_moved_with_its_data(folder: Path) -> None:
    assert main(["new-task", "sales.csv", "--horizon", "7", "--out", "week.json"]) == 0
    (folder / "there").mkdir()
    for name in ("week.json", "sales.csv"):
        (folder / name).rename(folder / "there" / name)
    assert load_data(load_task("there/week.json")).task.name == "week"
    changed = _sales().assign(y=1.5)
    changed.iloc[3, 2] = 2.0
    changed.to_csv(folder / "there" / "sales.csv", index=False)
    with pytest.raises(InputError, match=r"have changed since task week .* run new-task again"):
        load_data(load_task("there/week.json"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sales: sales.iloc[1:], "a task needs a value at every step"),
        (lambda sales: sales.assign(y=sales["y"].where(sales.index != 30)), "needs a value"),
        (
            lambda sales: sales.assign(
                y=sales["y"].where((sales["unique_id"] != "shop 0") | (sales["ds"] > "2025-11-04"))
            ),
            "a value at every step; none: 2 found: series 'shop 0'",
        ),
        (lambda sales: sales.assign(y=5.0), "MASE is not defined"),
        (lambda sales: sales[sales["ds"] > "2025-12-25"], "longer than the horizon of 7 steps"),
        (
            lambda sales: sales.rename(columns={"y": "sales"}),
            "absent: y; got unique_id, ds, sales.",
        ),
        (lambda sales: sales.assign(ds="x"), "ds"),
        (
            lambda sales: sales.assign(ds=(sales["ds"] - sales["ds"].min()).dt.days * 2),
            "count steps by 1",
        ),
    ],
)
def test_data_that_make_no_task(change, said: str, folder: Path) -> None:  # type: ignore[no-untyped-def]
    change(_sales().reset_index(drop=True)).to_csv(folder / "bad.csv", index=False)
    with pytest.raises(InputError, match=said):
        own_task(folder / "bad.csv", 7, 7)


def test_files_that_are_no_tasks(folder: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv can't be read"):
        own_task(folder / "absent.csv", 7, 7)
    for name, text in (("a.json", "{"), ("b.json", "[1]"), ("c.json", '{"name": "x"}')):
        (folder / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"can't be read as the file of a task|must have the"):
            load_task(name)
    with pytest.raises(InputError, match="is not of data of one's own; name the task 'm4-hourly'"):
        load_task(str(ROOT / "competitions" / "tasks" / "m4-hourly.json"))


def test_forecasts_by_date_are_scored(folder: Path) -> None:
    assert main(["new-task", "sales.csv", "--horizon", "7", "--seasonal-period", "7"]) == 0
    data = load_data(load_task("sales.json"))
    dated = data.test.reset_index().assign(ds=data.stamps[len(data.train) :])  # type: ignore[index]
    dated.rename(columns={"y": "y_hat"}).to_csv(folder / "perfect.csv", index=False)
    assert score(data, read_submission(data, folder / "perfect.csv")).smape == 0.0
    late = dated.rename(columns={"y": "y_hat"}).assign(ds=dated["ds"] + pd.Timedelta(days=1))
    late.to_csv(folder / "late.csv", index=False)
    with pytest.raises(InputError, match="asks for no forecasts at these times: 5 found"):
        read_submission(data, folder / "late.csv")
    half = dated.rename(columns={"y": "y_hat"}).assign(**{"lo-95": 0.0})
    with pytest.raises(InputError, match="column hi-95 is absent beside lo-95"):
        data.read_forecasts(half)
    (problem,) = check_forecasts(data, data.read_forecasts(half.drop(columns="lo-95").iloc[1:]))
    day = dated["ds"][0].date()
    assert problem == f"steps without a forecast, 1 found: series {data.ids[0]!r}, step {day}"
    dated.loc[8, "y"] = np.inf
    (problem,) = check_forecasts(data, data.read_forecasts(dated.rename(columns={"y": "y_hat"})))
    assert f"step {dated['ds'][8].date()}: inf" in problem


def test_own_results_are_made_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "new-task sales.csv --horizon 7",
        "run sales.json --method mine:seasonal --quiet",
        "keep runs/sales-mine.seasonal-0 --results kept",
        "reproduce --results kept --quiet",
        "reproduce sales --results kept --quiet",
    ):
        assert main(command.split()) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "then," in line]
    owa = json.loads(Path("kept/sales/mine.seasonal-0/scores.json").read_text())["owa"]
    line = f"sales/mine.seasonal-0: OWA {owa:.4f} then, {owa:.4f} today; "
    assert said == [f"{line}forecasts of the sample differ by 0 at most"] * 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent:one", "no module 'absent'"),
        (":one", "no module ''"),
        ("mine:absent", "module 'mine' has no function 'absent'"),
        ("mine:Model", "'mine:Model' is a class; a method must be a function"),
        ("mine:one_argument", "must take three arguments, .* too many positional arguments"),
    ],
)
def test_methods_that_are_not_there(name: str, said: str, folder: Path) -> None:
    with pytest.raises(InputError, match=said):
        find_method(name)


def test_a_module_that_a_method_needs_is_named(folder: Path) -> None:
    (folder / "mine.py").write_text("import not_there_at_all\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        find_method("mine:one")


def test_what_a_method_returns_is_checked(folder: Path) -> None:
    assert main(["new-task", "sales.csv", "--horizon", "7", "--seasonal-period", "7"]) == 0
    data = load_data(load_task("sales.json"))

    def run(name: str) -> pd.DataFrame:
        settings, checkpoints = Settings(seed=0), Checkpoints(None)
        return find_method(f"mine:{name}").run(data, settings, checkpoints).forecasts

    assert check_forecasts(data, run("seasonal")) == []
    with pytest.raises(InputError, match=r"must return a pandas DataFrame .* got NoneType"):
        run("nothing")
    (problem,) = check_forecasts(data, run("too_few"))
    assert "steps without a forecast, 1 found" in problem
    with pytest.raises(InputError, match="asks for no forecasts at these times: 35 found"):
        run("other_days")


def test_the_method_of_the_docs_runs(folder: Path, command: Callable[[str], str]) -> None:
    text = (ROOT / "docs" / "data" / "my_methods.py").read_text(encoding="utf-8")
    (folder / "my_methods.py").write_text(text, encoding="utf-8")
    command("new-task sales.csv --horizon 7 --seasonal-period 7")
    months = pd.date_range("2021-01-01", periods=48, freq="MS")
    y = 20.0 + np.random.default_rng(0).random(48)
    pd.DataFrame({"unique_id": "a", "ds": months, "y": y}).to_csv("months.csv", index=False)
    command("new-task months.csv --horizon 12 --seasonal-period 12")
    for task in ("sales.json", "months.json", "m4-hourly-40"):
        said = command(f"run {task} --method my_methods:drift --quiet")
        assert "my_methods:drift, seed 0" in said


def test_another_code_is_another_run(folder: Path, command: Callable[[str], str]) -> None:
    command("new-task sales.csv --horizon 7 --seasonal-period 7")
    run = "run sales.json --method mine:seasonal --quiet"
    assert "is complete" not in command(run)
    assert "This run is complete" in command(run)
    (folder / "mine.py").write_text(METHODS + "# changed\n", encoding="utf-8")
    said = command(run)
    assert "is complete" not in said
    assert "Replaces the run in runs/sales-mine.seasonal-0, of other code (mine.py);" in said


def test_code_is_every_module_of_the_folder_that_a_method_imports(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "parts").mkdir()
    for name, text in {
        "mine.py": "import numpy, esrnn\nfrom helper import x\n\ndef f(train, task, seed):\n"
        "    from parts.late import y\n",
        "helper.py": "x = 1\n",
        "parts/__init__.py": "",
        "parts/late.py": "from . import deep\ny = 1\n",
        "parts/deep.py": "",
        "parts/method.py": "from .late import y\n\ndef f(train, task, seed):\n    pass\n",
        "unused.py": "",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("helper", "parts", "parts.late", "parts.deep", "parts.method"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    package = ["parts/__init__.py", "parts/deep.py", "parts/late.py"]
    before = find_method("mine:f").code
    assert list(before) == ["helper.py", "mine.py", *package]
    assert list(find_method("parts.method:f").code) == [*package, "parts/method.py"]
    (folder / "parts" / "deep.py").write_text("z = 1\n", encoding="utf-8")
    assert find_method("mine:f").code == before, "the code that was imported is what counts"
    monkeypatch.delitem(sys.modules, "mine")
    after = find_method("mine:f").code
    assert [name for name in after if after[name] != before[name]] == ["parts/deep.py"]
