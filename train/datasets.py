"""The data sets by name, for commands that take any of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from engines.command_parser import CommandParser
from train import (
    auc,
    caltech256,
    dmd,
    drives,
    food101,
    hundred_driver,
    ppmi24,
    sam_dd,
    stanford40,
    statefarm,
    three_mdad,
)
from train.command import DataSet, add_data_arguments

DATASETS: dict[str, DataSet] = {
    module.DATASET.name: module.DATASET
    for module in (
        statefarm,
        auc,
        hundred_driver,
        dmd,
        three_mdad,
        sam_dd,
        stanford40,
        ppmi24,
        food101,
        caltech256,
        drives,
    )
}


def parse_with_dataset(
    make_parser: Callable[[str | None], CommandParser], argv: Sequence[str] | None
) -> argparse.Namespace:
    """Parse a command line whose other arguments depend on its ``--dataset``; the parser is made for the one named."""
    unknown = make_parser(None)
    first = CommandParser(prog=unknown.prog, add_help=False)
    first.add_argument("--dataset", choices=list(DATASETS))
    dataset = first.parse_known_args(argv)[0].dataset
    if dataset is None:
        unknown.refuse_unknown(argv, [make_parser(name) for name in DATASETS])
        unknown.parse_known_args(argv)  # which asks for it, or shows the help, before it looks at a data set's options
    parsed: argparse.Namespace = make_parser(dataset).parse_args(argv)
    return parsed


def add_dataset_arguments(parser: argparse.ArgumentParser, dataset: str | None, purpose: str) -> None:
    """Add ``--dataset``, and the arguments of the data set that is chosen, if one is."""
    parser.add_argument("--dataset", choices=list(DATASETS), required=True, help=purpose)
    if dataset is not None:
        add_data_arguments(parser, dataset)
        DATASETS[dataset].add_arguments(parser)
