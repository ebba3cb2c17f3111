"""Tasks: frozen files that say what is forecast and how it is measured, and their data.

The files themselves are in ``competitions/tasks/``.
"""

from competitions.task.data import LOADERS, TaskData, load_data
from competitions.task.files import (
    Task,
    TaskSet,
    is_path,
    load_set,
    load_task,
    parse_set,
    parse_task,
    set_names,
    task_names,
)
from esrnn.datasets import values_sha256

__all__ = [
    "LOADERS",
    "Task",
    "TaskData",
    "TaskSet",
    "is_path",
    "load_data",
    "load_set",
    "load_task",
    "parse_set",
    "parse_task",
    "set_names",
    "task_names",
    "values_sha256",
]
