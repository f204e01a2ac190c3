"""What the marks of kept drives say of thresholds (`monitor.evaluation.threshold_effect`).

A recording is tried on the predictions of its replay; a camera's incident on those that were kept around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.incidents.incident import Incident, ReviewStatus
from monitor.evaluation.threshold_effect import MarkAdvice, MarkedDrive, advise
from monitor.fleet.prediction import known_predictions
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive
from monitor.journal.incident_predictions import read_predictions
from monitor.journal.library import KeptDrive
from monitor.live.engine import Engine
from monitor.speed.source import SpeedSource

_MARKS = (ReviewStatus.TRUE, ReviewStatus.FALSE)


@dataclass(frozen=True)
class LibraryAdvice:
    """What the library's marks say.

    Attributes:
        advice: of the drives whose predictions are there.
        without_predictions: marked recordings that the chosen engine has not replayed yet.
        cameras: marked incidents of cameras and streams that cannot be tried: another network has seen them, or nothing
            is kept of what it said.
    """

    advice: MarkAdvice = field(default_factory=MarkAdvice)
    without_predictions: int = 0
    cameras: int = 0


def is_marked(drive: KeptDrive) -> bool:
    """Whether a person calls one of its incidents true or false."""
    return any(incident.review.status in _MARKS for incident in drive.incidents)


def library_advice(
    drives: Sequence[KeptDrive],
    engine: Engine,
    cache: PredictionCache,
    mount: Mount,
    *,
    kept_predictions: Callable[[str, int], bytes | None] = lambda _id, _number: None,
    open_speed: Callable[[str, float], SpeedSource] | None = None,
    progressed: Callable[[], None] = lambda: None,
) -> LibraryAdvice:
    """Look at all marked drives. Nothing is classified: what was not replayed is counted.

    Args:
        drives: with their reviews.
        engine: whose predictions and settings count.
        cache: where predictions are stored.
        mount: the camera's, as Replay takes it.
        kept_predictions: what is kept around an incident, for a drive's id and its number.
        open_speed: where the speed of a recording comes from, as in Replay.
        progressed: called at each step; may raise to stop.
    """
    marked, missing, cameras = [], 0, 0
    for drive in filter(is_marked, drives):
        progressed()
        path = drive.info.path
        if not path:
            incidents = [incident for incident in drive.incidents if incident.review.status in _MARKS]
            seen = [_around(drive, incident, engine, kept_predictions) for incident in incidents]
            marked += [each for each in seen if each is not None]
            cameras += seen.count(None)
            continue
        try:
            recording = RecordedDrive(path, drive.info.source, "", None, None, mount=mount)
            predictions = known_predictions(recording, engine, cache)
            speed = None if open_speed is None else open_speed(path, engine.settings.speed_lost_s)
        except (OSError, UserError):  # it is gone, or its speed is
            predictions, speed = None, None
        if predictions is None:
            missing += 1
        else:
            marked.append(MarkedDrive(predictions, drive.incidents, speed))
    return LibraryAdvice(advise(marked, engine.settings, progressed), missing, cameras)


def _around(
    drive: KeptDrive, incident: Incident, engine: Engine, kept_predictions: Callable[[str, int], bytes | None]
) -> MarkedDrive | None:
    """An incident of a camera's, as far as it can be tried with this engine; None where it cannot."""
    bundle = drive.info.about.get("bundle")
    if not isinstance(bundle, Mapping) or bundle.get("files") != dict(engine.manifest.files):
        return None
    try:
        content = kept_predictions(drive.info.uid, incident.number)
        if content is None:
            return None
        predictions, speed = read_predictions(content, engine.settings.speed_lost_s)
    except (UserError, ValueError):
        return None
    return MarkedDrive(predictions, (incident,), speed)
