"""Set what must hold in every database of Odoo, and prove that it does. Executed by `odoo shell`.

Two-factor authentication for everybody (SEC-01): the module that enforces it is not installed by itself, and
only its policy `all_required` leaves nobody out. The rest are addresses that Odoo would otherwise guess from
requests.
"""

from __future__ import annotations

import os

POLICY = "auth_totp.policy"
EVERYBODY = "all_required"
ENFORCER = "auth_totp_mail_enforce"


class NotAsConfiguredError(Exception):
    """The database is not as it must be; the job fails and nothing new is deployed."""


def parameters() -> dict[str, str]:
    """Give the system parameters by key."""
    return {
        POLICY: EVERYBODY,
        "web.base.url": os.environ["ODOO_BASE_URL"],
        # Else the first administrator who logs in by another address changes the links in all mails.
        "web.base.url.freeze": "True",
        # Where wkhtmltopdf finds style sheets.
        "report.url": os.environ["ODOO_REPORT_URL"],
    }


def configure(env) -> None:  # noqa: ANN001  (Odoo's environment is known in the image only)
    """Set the parameters. Raises NotAsConfiguredError when the module is missing or a value is not kept."""
    module = env["ir.module.module"].search([("name", "=", ENFORCER)])
    if module.state != "installed":
        raise NotAsConfiguredError(f"{ENFORCER} is {module.state or 'unknown'}, not installed")
    wanted = parameters()
    for key, value in wanted.items():
        env["ir.config_parameter"].set_param(key, value)
    env.cr.commit()
    env.cr.execute("SELECT key, value FROM ir_config_parameter WHERE key IN %s", (tuple(wanted),))
    held = dict(env.cr.fetchall())
    wrong = sorted(key for key, value in wanted.items() if held.get(key) != value)
    if wrong:
        raise NotAsConfiguredError(f"not as set: {', '.join(wrong)}")
    # A code goes to those by mail who have no authenticator: without an address they cannot log in.
    nameless = env["res.users"].search([("share", "=", False), ("email", "in", (False, ""))])
    for user in nameless:
        print(f"User {user.id} has no e-mail address and cannot log in with a code.")


if "env" in globals():
    configure(globals()["env"])
