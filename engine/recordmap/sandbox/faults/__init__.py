"""Scripted faults: what shall go wrong, when, and how it looks on the wire."""

from __future__ import annotations

from recordmap.sandbox.faults.kinds import KINDS, FaultKind
from recordmap.sandbox.faults.script import Arrival, Fault, Script, faults_of

__all__ = ["KINDS", "Arrival", "Fault", "FaultKind", "Script", "faults_of"]
