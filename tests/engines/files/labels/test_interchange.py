"""Labels of other tools: their published layouts are read, and a way there and back changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import LabelSegment
from engines.files.labels.frame_labels import LabelledDrive
from engines.files.labels.interchange import FORMATS, format_of, read_labels_in
from engines.files.labels.label_studio import label_studio_config
from engines.files.labels.openlabel import read_label_file


@st.composite
def drives(draw: st.DrawFn) -> LabelledDrive:
    """Labels that begin and end with frames, in order, with gaps or without."""
    fps = draw(st.sampled_from([5.0, 10.0, 12.0, 20.0, 29.97, 30.0]))
    lengths = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 400)), min_size=1, max_size=12))
    segments, frame = [], 0
    for gap, length in lengths:
        frame += gap
        segments.append(LabelSegment(frame / fps, (frame + length) / fps, draw(st.sampled_from(Activity))))
        frame += length
    confidences = draw(st.none() | st.just([round(0.5 + 0.04 * at, 2) for at in range(len(segments))]))
    return LabelledDrive("drive.mp4", segments, fps, (640, 480), frame + draw(st.integers(0, 50)), confidences)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"csv"}))
@given(drive=drives())
def test_there_and_back_nothing_changes(name: str, drive: LabelledDrive) -> None:
    form = FORMATS[name]
    text = form.write(drive)
    assert format_of(text, form.suffix) == name
    labels = form.parse(text, drive.fps)
    assert list(labels.segments) == list(drive.segments) and not labels.unknown
    again = LabelledDrive(drive.name, labels.segments, drive.fps, drive.size, drive.frames, drive.confidences)
    assert form.write(again) == text


@given(drive=drives())
def test_csv_keeps_milliseconds(drive: LabelledDrive) -> None:
    text = FORMATS["csv"].write(drive)
    labels = FORMATS["csv"].parse(text, drive.fps)
    for found, expected in zip(labels.segments, drive.segments, strict=True):
        assert found.activity is expected.activity and abs(found.start_s - expected.start_s) < 1e-3


@pytest.mark.parametrize("name", sorted(FORMATS))
@given(
    text=st.text(max_size=300) | st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists).map(json.dumps)
)
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    try:
        labels = FORMATS[name].parse(text, 10.0)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert labels.segments


CVAT_VIDEO = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <job><id>7</id><size>60</size><mode>interpolation</mode><labels>
      <label><name>c0</name><color>#fa3253</color><type>any</type><attributes></attributes></label>
    </labels></job>
    <dumped>2026-11-30 12:00:00.000000+00:00</dumped>
  </meta>
  <track id="0" label="c2" source="manual">
    <box frame="10" keyframe="1" outside="0" occluded="0" xtl="0" ytl="0" xbr="64" ybr="48" z_order="0"/>
    <box frame="11" keyframe="0" outside="0" occluded="0" xtl="0" ytl="0" xbr="64" ybr="48" z_order="0"/>
    <box frame="20" keyframe="1" outside="1" occluded="0" xtl="0" ytl="0" xbr="64" ybr="48" z_order="0"/>
    <box frame="30" keyframe="1" outside="0" occluded="0" xtl="0" ytl="0" xbr="64" ybr="48" z_order="0"/>
    <box frame="40" keyframe="1" outside="1" occluded="0" xtl="0" ytl="0" xbr="64" ybr="48" z_order="0"/>
  </track>
  <track id="1" label="Safe driving" source="manual">
    <polygon frame="0" keyframe="1" outside="0" occluded="0" points="0,0;64,0;64,48" z_order="0"/>
    <polygon frame="10" keyframe="1" outside="1" occluded="0" points="0,0;64,0;64,48" z_order="0"/>
  </track>
  <track id="2" label="cyclist" source="auto">
    <box frame="0" keyframe="1" outside="0" occluded="0" xtl="1" ytl="1" xbr="4" ybr="8" z_order="0"/>
    <box frame="4" keyframe="1" outside="0" occluded="0" xtl="1" ytl="1" xbr="4" ybr="8" z_order="0"/>
  </track>
</annotations>
"""

CVAT_IMAGES = """<annotations><version>1.1</version>
  <image id="0" name="frame_000000" width="64" height="48"><tag label="c0" source="manual"></tag></image>
  <image id="1" name="frame_000001" width="64" height="48"><tag label="c0" source="manual"></tag></image>
  <image id="2" name="frame_000002" width="64" height="48"><tag label="c5" source="manual"></tag></image>
  <image id="3" name="frame_000003" width="64" height="48"></image>
  <image id="4" name="frame_000004" width="64" height="48"><tag label="c0" source="manual"></tag></image>
</annotations>"""

LABEL_STUDIO = [
    {
        "id": 12,
        "annotations": [
            {"id": 3, "was_cancelled": True, "result": []},
            {
                "id": 4,
                "completed_by": 1,
                "was_cancelled": False,
                "ground_truth": False,
                "result": [
                    {
                        "value": {"ranges": [{"start": 1, "end": 10}], "timelinelabels": ["c0"]},
                        "id": "tkNm9",
                        "from_name": "timeline",
                        "to_name": "video",
                        "type": "timelinelabels",
                        "origin": "manual",
                    },
                    {
                        "value": {"ranges": [{"start": 11, "end": 20}], "timelinelabels": ["Drinking"]},
                        "id": "x9",
                        "from_name": "timeline",
                        "to_name": "video",
                        "type": "timelinelabels",
                        "origin": "manual",
                    },
                    {
                        "value": {"choices": ["night"]},
                        "id": "q",
                        "from_name": "c",
                        "to_name": "video",
                        "type": "choices",
                    },
                ],
            },
        ],
        "predictions": [],
        "data": {"video": "/data/upload/1/drive.mp4"},
        "file_upload": "drive.mp4",
    }
]

FIFTYONE = {
    "classes": ["c0", "c2"],
    "labels": {
        "drive": [
            {"label": 0, "timestamps": [0.0, 4.4]},
            {"label": "c2", "timestamps": [4.4, 7.25], "confidence": 0.9, "attributes": {}},
        ]
    },
}

FIFTYONE_SUPPORT = {
    "classes": None,
    "labels": {"drive": [{"label": "texting_left", "support": [1, 30]}], "other": None},
}


def spans(text: str, name: str) -> list[tuple[float, float, str]]:
    labels = FORMATS[name].parse(text, 10.0)
    return [(segment.start_s, segment.end_s, segment.activity.code) for segment in labels.segments]


def test_what_their_own_exports_say() -> None:
    assert spans(CVAT_VIDEO, "cvat") == [(0.0, 1.0, "c0"), (1.0, 2.0, "c2"), (3.0, 4.0, "c2")]
    assert FORMATS["cvat"].parse(CVAT_VIDEO, 10.0).unknown == (("cyclist", 0.5),)
    assert spans(CVAT_IMAGES, "cvat") == [(0.0, 0.2, "c0"), (0.2, 0.3, "c5"), (0.4, 0.5, "c0")]
    assert spans(json.dumps(LABEL_STUDIO), "label-studio") == [(0.0, 1.0, "c0"), (1.0, 2.0, "c6")]
    assert spans(json.dumps(FIFTYONE), "fiftyone") == [(0.0, 4.4, "c0"), (4.4, 7.25, "c2")]
    assert spans(json.dumps(FIFTYONE_SUPPORT), "fiftyone") == [(0.0, 3.0, "c3")]


def test_what_is_written_is_laid_out_as_the_tools_want_it() -> None:
    segments = [LabelSegment(0.0, 1.0, Activity.SAFE_DRIVING), LabelSegment(1.0, 2.0, Activity.RADIO)]
    drive = LabelledDrive("a & b.mp4", segments, 10.0, (64, 48), 20, [0.75, 0.5])
    root = ElementTree.fromstring(FORMATS["cvat"].write(drive))
    assert root.findtext("version") == "1.1" and root.findtext("meta/task/size") == "20"
    assert [label.text for label in root.iter("name")][1:] == [activity.code for activity in Activity]
    boxes = [(box.get("frame"), box.get("outside")) for box in root.findall("track")[0]]
    assert boxes == [("0", "0"), ("9", "0"), ("10", "1")]
    assert {track.get("source") for track in root.iter("track")} == {"auto"}
    (task,) = json.loads(FORMATS["label-studio"].write(drive))
    assert task["predictions"][0]["score"] == 0.625 and "annotations" not in task
    assert task["predictions"][0]["result"][1]["value"] == {
        "ranges": [{"start": 11, "end": 20}],
        "timelinelabels": ["c5"],
    }
    config = ElementTree.fromstring(label_studio_config(10.0))
    assert [label.get("value") for label in config.iter("Label")] == [activity.code for activity in Activity]
    assert json.loads(FORMATS["fiftyone"].write(drive))["labels"]["a & b"][0]["confidence"] == 0.75


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xml", "<annotations>", "this is no XML from line 1"),
        ("a.xml", "<tasks/>", "this is not CVAT's XML: it begins with <tasks>"),
        (
            "a.xml",
            '<annotations><track label="c0"><box frame="x"/></track></annotations>',
            "a frame is 'x', which is no",
        ),
        ("a.xml", "<annotations/>", "nothing is labelled"),
        ("a.json", "[]", "nor an export of Label Studio"),
        ("a.json", '[{"annotations": []}, {"annotations": []}]', "this holds 2 videos"),
        ("a.json", '{"labels": {"a": [{"label": "c0"}]}}', "has neither timestamps nor a support"),
        ("a.json", '{"labels": {"a": [{"label": "c0", "timestamps": [2, 1]}]}}', "no label lasts from 2 to 1 s"),
        (
            "a.json",
            '{"labels": {"a": [{"label": "c0", "timestamps": [0, 2]}, {"label": "c1", "timestamps": [1, 3]}]}}',
            "C0 from 0 to 2 s and C1 from 1 s overlap",
        ),
        ("a.json", '{"nothing": 1}', "neither OpenLABEL nor VCD 4"),
    ],
)
def test_what_cannot_be_read_says_so(name: str, content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=words) as raised:
        read_labels_in(path, fps=10.0)
    assert "\n" not in str(raised.value) and name in str(raised.value)


def test_the_labels_of_a_drive_may_be_those_of_any_tool(tmp_path: Path) -> None:
    for name, content in (
        ("a.xml", CVAT_VIDEO),
        ("b.json", json.dumps(LABEL_STUDIO)),
        ("c.json", json.dumps(FIFTYONE)),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert read_label_file(tmp_path / name, 10.0).segments[0].activity is Activity.SAFE_DRIVING
