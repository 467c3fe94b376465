"""Calls from several threads at one moment, that leave no connection behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], *, at_once: int
) -> list[Result]:
    """Results of `function` for each item, in order; `at_once` of them run abreast.

    A thread of its own has a connection of its own, which nobody would give back.
    """

    def call(item: Item) -> Result:
        try:
            return function(item)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(call, items))
