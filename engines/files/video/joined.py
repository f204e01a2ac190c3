"""The pieces of one drive as one video: every frame in order, or the one of a moment, on one clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engines.errors import UserError
from engines.files.video.notice import VideoNotice
from engines.files.video.pieces import Pieces, is_hole, is_other_drive, other_drive
from engines.files.video.video_file import VideoFile, VideoFrame

_OF_ALL = frozenset({"tracks", "no_times", "own_clock"})
"""Notices that hold for every piece, and are said of the first."""


class JoinedVideo:
    """Several video files as one; used as `engines.files.video.VideoFile` is.

    A piece begins where the one before it ends, or later where its name says so: the time between them is a hole.

    Attributes:
        path: of the drive.
        pieces: its files.
        frame_rate, step_s, size, codec, tracks, track, is_upright: of the first piece.
        has_packet_times: never: each piece has a clock of its own.
        notices: as far as they are known yet.
    """

    has_packet_times = False

    def __init__(self, path: Path, pieces: Pieces, *, fps: float | None = None, track: int | None = None) -> None:
        """Open the first piece and decode its first frame.

        Args:
            path: of the drive, for people.
            pieces: of it.
            fps: frames a second of pieces without a clock.
            track: the video track of each.

        Raises:
            UserError: when none of the pieces has a frame.
        """
        self.path, self.pieces = path, pieces
        self._fps, self._asked_track = fps or pieces.fps, track
        self._states_fps = fps is not None
        self.notices: list[VideoNotice] = []
        self._closed = False
        self._open: list[VideoFile] = []
        self._first_at, first = self._open_first()
        self._begun: VideoFile | None = first
        self.frame_rate, self.step_s, self.size = first.frame_rate, first.step_s, first.size
        self.codec, self.is_upright = first.codec, first.is_upright
        self.tracks, self.track = first.tracks, first.track
        if len(pieces.files) > 1:
            self._note(
                "joined",
                pieces=len(pieces.files),
                first=_short(pieces.files[0].path),
                last=_short(pieces.files[-1].path),
            )
        self._starts_s: list[float] | None = None
        self._end_s = 0.0
        self._current: tuple[int, VideoFile] | None = None

    def __enter__(self) -> JoinedVideo:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the files go; iterations end."""
        self._closed = True
        for video in self._open:
            video.close()
        self._open.clear()
        self._begun = self._current = None

    def __iter__(self) -> Iterator[VideoFrame]:
        """All frames in the order of showing."""
        index, end_s = 0, 0.0
        before: tuple[int, float] | None = None
        for number in range(len(self.pieces.files)):
            begun, self._begun = (self._begun, None) if number == self._first_at else (None, self._begun)
            video = begun or self._try_open(number)
            if self._closed:
                return
            if video is None:
                continue
            start_s = self._start_s(number, end_s, before)
            before = number, start_s
            try:
                for frame in video:
                    self._take_notices(number, video)
                    end_s = start_s + frame.time_s + video.step_s
                    yield replace(frame, time_s=start_s + frame.time_s, index=index)
                    index += 1
            finally:
                self._take_notices(number, video)
                video.close()
                if video in self._open:
                    self._open.remove(video)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last, found in the files."""
        self._find_starts()
        return self._end_s

    def frame_at(self, time_s: float) -> VideoFrame:
        """The frame that holds at a time, in seconds; the first before the beginning, the last behind the end."""
        starts_s = self._find_starts()
        number = max(self._first_at, bisect_right(starts_s, time_s + 1e-4) - 1)
        while number > self._first_at and (self._current is None or self._current[0] != number):
            if self._enter(number):
                break
            number -= 1  # a piece that cannot be read: what was before it holds
        if number == self._first_at and not self._enter(number):
            raise UserError(f"{self.pieces.files[number].path} can no longer be read: was it changed or moved?")
        assert self._current is not None
        found = self._current[1].frame_at(time_s - starts_s[number])
        shown_s = starts_s[number] + found.time_s
        return replace(found, time_s=shown_s, index=round(shown_s / self.step_s))

    def _enter(self, number: int) -> bool:
        if self._current is not None and self._current[0] == number:
            return True
        video = self._try_open(number)
        if video is None:
            return False
        if self._current is not None:
            self._current[1].close()
            self._open.remove(self._current[1])
        self._current = number, video
        return True

    def _open_first(self) -> tuple[int, VideoFile]:
        """The first piece that can be opened. Raises what the first one does where none can."""
        failure: UserError | None = None
        for number, piece in enumerate(self.pieces.files):
            try:
                video = VideoFile(piece.path, fps=self._fps, track=self._asked_track)
            except UserError as error:
                failure = failure or error
                if len(self.pieces.files) > 1:
                    self._note_left_out(piece.path, error)
                continue
            self._open.append(video)
            return number, video
        assert failure is not None
        raise failure

    def _try_open(self, number: int) -> VideoFile | None:
        piece = self.pieces.files[number]
        try:
            video = VideoFile(piece.path, fps=self._fps, track=self._asked_track)
        except UserError as error:
            self._note_left_out(piece.path, error)
            return None
        self._open.append(video)
        return video

    def _start_s(self, number: int, end_s: float, before: tuple[int, float] | None) -> float:
        """Where a piece begins. Raises `UserError` for one of another drive.

        Args:
            number: of the piece.
            end_s: where the one before it ended.
            before: that one's number, and where it began; None for the first.
        """
        if before is None:
            return 0.0
        named_s, before_s = self.pieces.files[number].starts_s, self.pieces.files[before[0]].starts_s
        if named_s is None or before_s is None:
            return end_s
        gap_s = before[1] + named_s - before_s - end_s
        if is_other_drive(gap_s):
            raise other_drive(self.path, gap_s, self.pieces.files[number].path)
        if is_hole(-gap_s) and -gap_s > 0.5 * (end_s - before[1]):
            names = ", ".join(_short(piece.path) for piece in self.pieces.files[:2])
            raise UserError(f"{self.path} holds videos of the same time ({names}, …): name one camera's alone")
        if not is_hole(gap_s):
            return end_s
        self._note("hole", from_s=end_s, to_s=end_s + gap_s)
        return end_s + gap_s

    def _find_starts(self) -> list[float]:
        """Where the pieces begin, which their lengths tell."""
        if self._starts_s is None:
            starts_s: list[float] = []
            end_s = 0.0
            before: tuple[int, float] | None = None
            for number in range(len(self.pieces.files)):
                video = self._try_open(number) if number >= self._first_at else None
                if video is None:
                    starts_s.append(end_s)
                    continue
                start_s = self._start_s(number, end_s, before)
                before = number, start_s
                starts_s.append(start_s)
                end_s = start_s + video.duration_s
                video.close()
                self._open.remove(video)
            self._starts_s, self._end_s = starts_s, end_s
        return self._starts_s

    def _take_notices(self, number: int, video: VideoFile) -> None:
        for notice in video.notices:
            if notice.code not in _OF_ALL:
                self._note("piece", piece=_short(self.pieces.files[number].path), what=notice.text)
            # A rate that is that of all such files needs no word.
            elif number == self._first_at and (self._states_fps or notice.code == "tracks"):
                self._note(notice.code, **notice.parameters)

    def _note_left_out(self, path: Path, error: UserError) -> None:
        self._note("left_out", piece=_short(path), what=str(error))

    def _note(self, code: str, **parameters: float | int | str) -> None:
        notice = VideoNotice(code, parameters)
        if notice not in self.notices:
            self.notices.append(notice)


def _short(path: Path) -> str:
    """A piece's name; of a segment's camera, which all have the same one, with its folder."""
    return f"{path.parent.name}/{path.name}" if path.name == "dcamera.hevc" else path.name
