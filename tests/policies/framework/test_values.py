"""Values as rules read them: plain, honest about unknowns, silent about secrets."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2

from policies.framework.values import UNKNOWN, Block, NotJudged, Secret, secret_texts
from policies.framework.wire import read_plain, read_struct
from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY
from preview.graph import UNKNOWN as UNKNOWN_TEXT

TREE = {
    "port": 5432,
    "size": 0.5,
    "encrypted": "true",
    "off": False,
    "nothing": None,
    "key": UNKNOWN,
    "password": Secret("hunter2"),
    "vpcConfig": {"subnetIds": ["subnet-1", UNKNOWN], "endpoint": {"private": True}},
    "rules": [{"port": 1}, {"port": UNKNOWN}, UNKNOWN],
    "one": {"port": 3},
    "policy": '{"Statement": []}',
    "broken": "{",
}
BLOCK = Block(TREE)


def test_presence_never_raises() -> None:
    for path in ("port", "key", "key.inner", "password", "vpcConfig.subnetIds.1", "rules.2.port", "off"):
        assert BLOCK.has(path), path
    for path in ("nothing", "absent", "vpcConfig.absent", "port.inner", "vpcConfig.subnetIds.7"):
        assert not BLOCK.has(path), path


def test_values_are_plain() -> None:
    assert BLOCK.get("port") == 5432
    assert BLOCK.text("port") == "5432"
    assert BLOCK.number("size") == 0.5
    assert BLOCK.flag("encrypted")
    assert not BLOCK.flag("off")
    assert BLOCK.flag("absent", default=True)
    assert BLOCK.get("vpcConfig.endpoint") == {"private": True}
    assert BLOCK.items("port") == [5432]
    assert BLOCK.get("password") == "hunter2"
    assert BLOCK.document("policy") == {"Statement": []}
    assert BLOCK.keys("one") == ["port"]


@pytest.mark.parametrize("path", ["key", "key.inner", "vpcConfig", "vpcConfig.subnetIds", "rules.1.port"])
def test_an_unknown_value_is_not_judged(path: str) -> None:
    with pytest.raises(NotJudged, match="is not known yet"):
        BLOCK.get(path)


def test_a_document_that_is_none_is_not_judged() -> None:
    with pytest.raises(NotJudged, match="broken is not a JSON document"):
        BLOCK.document("broken")


def test_blocks_are_given_unread() -> None:
    first, second, third = BLOCK.blocks("rules")
    assert first.number("port") == 1
    with pytest.raises(NotJudged, match=r"rules\.1\.port"):
        second.number("port")
    with pytest.raises(NotJudged, match=r"rules\.2"):
        third.number("port")
    assert [block.number("port") for block in BLOCK.blocks("one")] == [3]
    assert BLOCK.blocks("absent") == []
    with pytest.raises(NotJudged):
        BLOCK.blocks("key")


def test_secrets_are_known_as_such() -> None:
    assert BLOCK.is_secret("password")
    assert not BLOCK.is_secret("port")
    assert "hunter2" not in repr(TREE)
    assert list(secret_texts({"a": Secret({"b": ["x", 1]}), "c": "d"})) == ["x", "1"]


def test_wire_and_plain_values_read_alike() -> None:
    properties = {
        "port": 5432.0,
        "ratio": 0.5,
        "on": True,
        "none": None,
        "list": ["a", UNKNOWN_TEXT],
        "secret": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"a": 1.0}},
    }
    struct = struct_pb2.Struct()
    struct.update(properties)
    for tree in (read_struct(struct), read_plain(properties)):
        assert tree["port"] == 5432
        assert isinstance(tree["port"], int)
        assert tree["ratio"] == 0.5
        assert tree["on"] is True
        assert tree["none"] is None
        assert tree["list"] == ["a", UNKNOWN]
        assert isinstance(tree["secret"], Secret)
        assert tree["secret"].value == {"a": 1}
