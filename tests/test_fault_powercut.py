"""The power fails at any moment of a recorded life: whatever the disk had not been made to keep may be gone, nothing else."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import cannot
from tests.faults.images import faults
from tests.faults.powercut import CONTROLS, Cut, Recording, cuts, record, record_control

pytestmark = pytest.mark.faults
IMAGES = int(os.environ.get("FAULT_IMAGES", "140"))  # `make faults` opens 10,000 and more
SIGNATURES = int(os.environ.get("FAULT_RECORDED", "24"))


@pytest.fixture(scope="module", autouse=True)
def _traced() -> None:
    """Record here, or say why not."""
    try:
        subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as reason:
        cannot(reason, "REQUIRE_FAULTS")


def first_wrong(recording: Recording, images: int, folder: Path) -> tuple[Cut, list[str]] | None:
    """Open images until one is not as it must be."""
    for cut in cuts(recording, images):
        if cut.is_ready and (found := faults(cut, folder)):
            return cut, found
    return None


def test_power_is_cut(tmp_path: Path) -> None:
    """Every image starts, holds what was acknowledged, agrees with its checkpoint outside, and goes on."""
    recording = record(tmp_path, SIGNATURES)
    opened, wrong, began = 0, [], time.monotonic()
    for cut in cuts(recording, IMAGES):
        opened += 1
        if found := faults(cut, tmp_path / "image"):
            wrong.append((cut.moment, cut.manner, cut.is_ready, found))
    told = len(recording.acknowledged)
    print(f"\n{opened} images of {len(recording.calls)} calls, {told} acknowledged, {time.monotonic() - began:.0f} s")
    assert [] == wrong[:5]
    assert opened >= IMAGES - 7


@pytest.mark.parametrize("control", CONTROLS)
def test_a_register_that_syncs_less_is_caught(control: str, tmp_path: Path) -> None:
    """The same cuts of one that trusts the disk lose what it acknowledged, or leave it unable to start."""
    recording = record_control(tmp_path, 18, CONTROLS[control])
    found = first_wrong(recording, 140, tmp_path / "image")
    assert found is not None
    print(f"\n{control}: cut at {found[0].moment}, {found[0].manner}: {found[1][0][:200]}")
