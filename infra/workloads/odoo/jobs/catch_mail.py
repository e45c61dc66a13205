"""Receive mail that must not reach anybody, and write each message as one line of JSON.

Where people test, mail ends here: a tester finds his code for the second factor in the pod's log. Listens
on port MAIL_PORT; understands as much SMTP as Odoo speaks.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

LONGEST_BYTES = 32 * 1024 * 1024


def record(sender: str, recipients: list[str], content: bytes) -> str:
    """Describe a message: envelope, subject, and its text without attachments."""
    message = cast("EmailMessage", message_from_bytes(content, policy=policy.default))
    body = message.get_body(preferencelist=("plain", "html"))
    return json.dumps(
        {
            "event": "mail_caught",
            "level": "INFO",
            "from": sender,
            "to": recipients,
            "subject": str(message["subject"] or ""),
            "text": "" if body is None else body.get_content(),
        }
    )


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hold one conversation of RFC 5321 until the client leaves."""
    sender, recipients = "", []

    async def say(line: str) -> None:
        writer.write(f"{line}\r\n".encode())
        await writer.drain()

    try:
        await say("220 mail-catcher ESMTP")
        while line := await reader.readline():
            words = line.decode("utf-8", "replace").strip()
            verb = words[:4].upper()
            if verb in {"EHLO", "HELO"}:
                # One write: a client may read the first line and ask at once.
                await say("250-mail-catcher\r\n250-8BITMIME\r\n250 SMTPUTF8" if verb == "EHLO" else "250 OK")
            elif verb == "MAIL":
                sender, recipients = _address(words), []
                await say("250 OK")
            elif verb == "RCPT":
                recipients.append(_address(words))
                await say("250 OK")
            elif verb == "DATA":
                await say("354 End with a dot")
                print(record(sender, recipients, await _content(reader)), flush=True)
                await say("250 OK")
            elif verb in {"RSET", "NOOP"}:
                await say("250 OK")
            elif verb == "QUIT":
                await say("221 Bye")
                return
            else:
                await say("502 Not implemented")
    except (ConnectionError, ValueError) as problem:
        print(json.dumps({"event": "mail_lost", "level": "WARNING", "why": str(problem)}), flush=True)
    finally:
        writer.close()


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]


async def _content(reader: asyncio.StreamReader) -> bytes:
    lines: list[bytes] = []
    size = 0
    while (line := await reader.readline()) not in {b".\r\n", b".\n", b""}:
        size += len(line)
        if size > LONGEST_BYTES:
            raise ValueError("a message is too long")
        # RFC 5321, 4.5.2: a dot at the beginning of a line was doubled.
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)


async def main(port: int) -> None:
    """Listen until the pod stops."""
    server = await asyncio.start_server(converse, host="0.0.0.0", port=port, limit=1024 * 1024)  # noqa: S104
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(os.environ["MAIL_PORT"])))
    except KeyboardInterrupt:
        sys.exit(0)
