"""The data sets by name, for commands that take any of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

from train import auc, caltech256, drives, food101, ppmi24, stanford40, statefarm
from train.images import Split


class DataSet(NamedTuple):
    """What a command needs of a data set.

    Attributes:
        make_split: parsed arguments → the split that they ask for; raises `UserError`.
        add_arguments: adds the arguments that only this data set has.
    """

    make_split: Callable[[argparse.Namespace], Split]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None


DATASETS: dict[str, DataSet] = {
    "statefarm": DataSet(statefarm.make_split, statefarm.add_arguments),
    "auc": DataSet(auc.make_split, auc.add_arguments),
    "stanford40": DataSet(stanford40.make_split),
    "ppmi24": DataSet(ppmi24.make_split),
    "food101": DataSet(food101.make_split),
    "caltech256": DataSet(caltech256.make_split, caltech256.add_arguments),
    "drives": DataSet(drives.make_split, drives.add_arguments),
}
