"""Entry point of `pulumi up`: load the settings, build the environment, export."""

import sys
from pathlib import Path

# With `main: infra/` the engine puts this folder, not the repository, first on the import path. The program
# imports as `infra.…` so that its folders can never be mistaken for third-party modules of the same name.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from infra.checked_settings import load
from infra.environment import Environment
from infra.settings import EXIT_STATUS, DevelopmentSettings, SettingsError
from infra.workspace import Workspace

try:
    settings = load()
except SettingsError as error:
    for line in error.lines:
        print(line, file=sys.stderr)
    sys.exit(EXIT_STATUS)

stack = Workspace(settings) if isinstance(settings, DevelopmentSettings) else Environment(settings)
for name, value in stack.exports.items():
    pulumi.export(name, value)
