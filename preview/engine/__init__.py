"""The offline engine: runs a Pulumi program in this process and gives back its resource list."""

from preview.engine.compare import missing_when_unknown
from preview.engine.errors import RenderError
from preview.engine.invokes import InvokeAnswers
from preview.engine.log import LogLine
from preview.engine.render import Rendering, render

__all__ = ["InvokeAnswers", "LogLine", "RenderError", "Rendering", "missing_when_unknown", "render"]
