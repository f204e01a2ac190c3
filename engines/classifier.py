"""From a frame to a prediction: view, regions and network, one step at a time or all at once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.activities import mirror_probabilities
from engines.bundles.bundle import Bundle, require_driver_classes
from engines.bundles.manifest import Manifest
from engines.bundles.signature import NetworkOutputs
from engines.bundles.simulated_views import ViewTrial
from engines.errors import UserError
from engines.notice import NoticeText
from engines.prediction import Prediction
from engines.regions import NO_REGIONS, RegionProposal, propose_regions
from engines.regions.tracking import RegionTracker
from engines.runtimes import Session, SessionOptions, choose
from engines.view import WHOLE_FRAME, Mount, model_view


class FrameClassifier(Protocol):
    """The three steps of a `Classifier`: what the live pipeline needs of it."""

    @property
    def description(self) -> str:
        """Runtime, version and device, for people."""
        ...

    def view(self, pixels: NDArray[np.uint8], mount: Mount) -> NDArray[np.uint8]:
        """The (S, S, 3) uint8 RGB model view of an (H, W, 3) uint8 RGB frame of a mounted camera."""
        ...

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        """The regions of a model view, by itself."""
        ...

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool) -> Prediction:
        """What the network predicts for a view and its regions, in the driver's own left and right."""
        ...


class Classifier:
    """Names what the driver in a frame is doing.

    The three steps can run in threads of their own, as the live pipeline does. The camera's mount comes with each
    frame, so that one frame is cut, mirrored and named by the same mount. A mirrored one needs no step more: mirroring
    the view puts a right-hand-drive driver where a left-hand-drive one sits, and with it, what the network calls the
    right hand is the driver's left; `infer` swaps it back.

    Attributes:
        bundle, session: what runs.
        rejected: what was tried before `session`, one line each.
    """

    def __init__(self, bundle: Bundle, session: Session, rejected: tuple[str, ...] = ()) -> None:
        self.bundle = bundle
        self.session = session
        self.rejected = rejected
        # What a network gets that looks at no regions: baselines of bundle format 1 have the input all the same.
        self._unread = None if self.manifest.uses_regions else unread_regions(self.manifest)[None]

    @classmethod
    def open(
        cls,
        bundle: Path | None = None,
        *,
        runtime: str = "onnxruntime",
        precision: str = "fp32",
        threads: int | None = None,
        options: SessionOptions | None = None,
    ) -> Classifier:
        """Open a bundle (the default one when left out) in a runtime. `options` replaces `threads`.

        Raises:
            UserError: when the bundle is not complete, or the runtime cannot run it.
        """
        return cls.of(Bundle.open(bundle), runtime=runtime, precision=precision, threads=threads, options=options)

    @classmethod
    def of(
        cls,
        bundle: Bundle,
        *,
        runtime: str = "onnxruntime",
        precision: str = "fp32",
        threads: int | None = None,
        options: SessionOptions | None = None,
    ) -> Classifier:
        """Run an opened bundle in a runtime.

        Raises:
            UserError: also for a bundle that knows other classes, that does not give its reference's probabilities, or
                that calls none of the simulated views of C1 to C8 a distraction.
        """
        require_driver_classes(bundle)
        choice = choose(bundle, runtime, precision, options or SessionOptions(threads=threads))
        classifier = cls(bundle, choice.session, choice.rejected)
        if not classifier.view_trial.sees_distraction():
            raise UserError(
                f"the bundle {bundle.path} calls none of the simulated views of C1 to C8 a distraction, so nobody "
                "would ever be alerted: use another bundle"
            )
        return classifier

    @cached_property
    def view_trial(self) -> ViewTrial:
        """What the network makes of simulated views, with regions as the monitor finds them. Raises `UserError`."""

        def classify(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
            view = self.view(frame)
            found = RegionTracker(self.manifest.kappa).propose(view) if self.manifest.uses_regions else NO_REGIONS
            return self.infer(view, found.boxes).probabilities

        return ViewTrial.of(classify)

    @property
    def notices(self) -> tuple[NoticeText, ...]:
        """What the user should know of the network, one line each."""
        return (self.view_trial.notice,) if self.view_trial.notice is not None else ()

    @property
    def manifest(self) -> Manifest:
        """The bundle's manifest."""
        return self.bundle.manifest

    @property
    def description(self) -> str:
        """Runtime, version and device, for people."""
        return self.session.description

    @property
    def size(self) -> int:
        """S, the side of the model view in pixels."""
        return self.manifest.view_size

    def view(self, pixels: NDArray[np.uint8], mount: Mount = WHOLE_FRAME) -> NDArray[np.uint8]:
        """Frame (H, W, 3) uint8 RGB → model view (S, S, 3)."""
        return model_view(pixels, self.size, mount)

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        """Model view → boxes (R, 4), and how they came about; none (R = 0) where the network looks at none."""
        return propose_regions(view, self.manifest.kappa) if self.manifest.uses_regions else NO_REGIONS

    def regions(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Model view → boxes (R, 4)."""
        return self.propose(view).boxes

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        """Model view and regions → prediction, in the driver's own left and right; `mirrored` if the mount is."""
        outputs = self.session.run(view[None], regions[None] if self._unread is None else self._unread)
        probabilities = with_temperature(outputs.probabilities[0], self.manifest.temperature)
        if mirrored:
            probabilities = mirror_probabilities(probabilities)
        if self._unread is None:
            return Prediction(probabilities, regions, outputs.region_weights[0])
        return Prediction(probabilities, *self._found(outputs, mirrored=mirrored), self.manifest.region_names)

    def _found(self, outputs: NetworkOutputs, *, mirrored: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Boxes and weights of the regions that the network finds, in the order of their names."""
        names = self.manifest.region_names
        order = [names.index(name.mirrored if mirrored else name) for name in names]
        return outputs.found_regions[0, order], outputs.region_weights[0, [*order, -1]]

    def classify(self, pixels: NDArray[np.uint8], mount: Mount = WHOLE_FRAME) -> Prediction:
        """All three steps: frame (H, W, 3) uint8 RGB → prediction."""
        view = self.view(pixels, mount)
        return self.infer(view, self.regions(view), mirrored=mount.mirror)


def input_regions(view: NDArray[np.uint8], manifest: Manifest) -> NDArray[np.float32]:
    """The (R, 4) network input that goes with a (S, S, 3) view: its regions, or zeros where no layer reads them."""
    return propose_regions(view, manifest.kappa).boxes if manifest.uses_regions else unread_regions(manifest)


def unread_regions(manifest: Manifest) -> NDArray[np.float32]:
    """The (R, 4) zeros that a network which looks at no regions gets for them."""
    return np.zeros((manifest.region_count, 4), dtype=np.float32)


def with_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Divide the logits behind softmax probabilities (…, K) by a temperature: p^(1/T), summing to 1 again."""
    if temperature == 1.0:
        return probabilities
    # In logarithms, so that tiny probabilities do not vanish on the way.
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) / temperature
    scaled = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True), dtype=np.float32)
