"""A command line's parser: `argparse`, with errors of one line in our words."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from engines.errors import UserError, did_you_mean

_WORDS = (
    (r"the following arguments are required: (.+)", r"missing: \1"),
    (r"one of the arguments (.+) is required", r"one of \1 is missing"),
    (r"argument (.+?): not allowed with argument (.+)", r"\1 cannot be used with \2: leave one of them out"),
    (r"argument (.+?): expected one argument", r"\1 needs a value"),
    (r"argument (.+?): expected at least one argument", r"\1 needs one value or more"),
    (r"argument (.+?): expected at most one argument", r"\1 takes one value at most"),
    (r"argument (.+?): expected (\d+) arguments?", r"\1 needs \2 values"),
    (r"argument (.+?): ignored explicit argument (.+)", r"\1 takes no value: leave \2 out"),
    (r"unrecognized arguments: (-.*)", r"there is no option \1"),
    (r"unrecognized arguments: (.+)", r"\1 is not expected here"),
)
"""What `argparse` says (in all versions of Python from 3.10 on), and what we say."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one line each on stderr, with exit code 2, and name what to change.

    A mistyped option, choice or command is told what it may have meant; no usage stands before it. Options are written
    out: what is short for one today would be another's, or nothing, once there are more.
    """

    def __init__(self, *args: Any, otherwise: str = "", **kwargs: Any) -> None:
        """As `argparse.ArgumentParser`; `otherwise` says how what was given without an option is given."""
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self._otherwise = otherwise

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.refuse_unknown(args)
        return super().parse_args(args, namespace)

    def add_subparsers(self, **kwargs: Any) -> Any:
        return super().add_subparsers(**{"parser_class": _Subcommand, **kwargs})

    def error(self, message: str) -> NoReturn:
        for pattern, words in _WORDS:
            said, found = re.subn(f"^{pattern}$", words, message, flags=re.DOTALL)
            if found:
                if words.endswith("is not expected here") and self._otherwise:
                    said = f"{said}: {self._otherwise}"
                self._end(f"{said}; {self.prog} --help lists the options")
        self._end(re.sub(r"^argument (.+?): ", r"\1: ", message))

    def _end(self, line: str) -> NoReturn:
        self.exit(2, f"error: {UserError(line)}\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = [str(choice) for choice in action.choices or ()]
        if action.choices is None or value in action.choices:
            return
        hint = did_you_mean(str(value), choices)
        raise argparse.ArgumentError(action, f"{str(value)!r} is none of {', '.join(choices)}{hint}")

    def refuse_unknown(self, args: Sequence[str] | None, others: Sequence[CommandParser] = ()) -> None:
        """End the command for the first option that there is not: `argparse` would first ask for what is missing.

        Args:
            args: the command line; the program's when left out.
            others: parsers that a later argument may choose, whose options count, too.
        """
        names = [name for parser in (self, *others) for name in parser._option_string_actions]
        known = [name for name in names if name.startswith("--")]
        has_commands = any(isinstance(action, argparse._SubParsersAction) for action in self._actions)
        for text in sys.argv[1:] if args is None else args:
            if text == "--" or (has_commands and not text.startswith("-")):
                return  # a command's own parser knows its options
            name = text.partition("=")[0]
            if text.startswith("--") and " " not in name and name not in known:
                begin_so = [option for option in dict.fromkeys(known) if option.startswith(name)]
                hint = f": did you mean {' or '.join(begin_so)}?" if begin_so else did_you_mean(name, known)
                self._end(f"there is no option {name}{hint or ':'} {self.prog} --help lists the options")


class Once(argparse.Action):
    """Of an option whose first value must not be lost in silence where it is given twice."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        if getattr(namespace, self.dest, None) is not None:
            raise argparse.ArgumentError(self, "given twice: leave one out")
        setattr(namespace, self.dest, values)


class _Subcommand(CommandParser):
    """A command's command: what it cannot use, nobody can."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.refuse_unknown(args)
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown
