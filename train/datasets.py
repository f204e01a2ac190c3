"""The data sets by name, for commands that take any of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

from train import auc, caltech256, drives, food101, ppmi24, stanford40, statefarm
from train.command import add_data_arguments
from train.data.images import Split
from train.reporting.run_report import PRIMARY_METRICS


class DataSet(NamedTuple):
    """What a command needs of a data set.

    Attributes:
        make_split: parsed arguments → the split that they ask for; raises `UserError`.
        add_arguments: adds the arguments that only this data set has.
        judged_by: the metrics to print first.
    """

    make_split: Callable[[argparse.Namespace], Split]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None
    primary_metrics: Sequence[str] = PRIMARY_METRICS


DATASETS: dict[str, DataSet] = {
    "statefarm": DataSet(statefarm.make_split, statefarm.add_arguments),
    "auc": DataSet(auc.make_split, auc.add_arguments),
    "stanford40": DataSet(stanford40.make_split, primary_metrics=stanford40.PRIMARY_METRICS),
    "ppmi24": DataSet(ppmi24.make_split, primary_metrics=ppmi24.PRIMARY_METRICS),
    "food101": DataSet(food101.make_split, primary_metrics=food101.PRIMARY_METRICS),
    "caltech256": DataSet(caltech256.make_split, caltech256.add_arguments, caltech256.PRIMARY_METRICS),
    "drives": DataSet(drives.make_split, drives.add_arguments),
}


def parse_with_dataset(
    make_parser: Callable[[str | None], argparse.ArgumentParser], argv: Sequence[str] | None
) -> argparse.Namespace:
    """Parse a command line whose other arguments depend on its ``--dataset``; the parser is made for the one named."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--dataset", choices=list(DATASETS))
    return make_parser(first.parse_known_args(argv)[0].dataset).parse_args(argv)


def add_dataset_arguments(parser: argparse.ArgumentParser, dataset: str | None, purpose: str) -> None:
    """Add ``--dataset``, and the arguments of the data set that is chosen, if one is."""
    parser.add_argument("--dataset", choices=list(DATASETS), required=True, help=purpose)
    if dataset is not None:
        add_data_arguments(parser, dataset)
        DATASETS[dataset].add_arguments(parser)
