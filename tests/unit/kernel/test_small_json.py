"""What strangers send as JSON is refused by one exception, however it is wrong."""

import pytest

from alcaldia.kernel.small_json import read_object, read_small


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 9000, '{"a":' * 40 + "1" + "}" * 40, "NaN", "[-Infinity]", '"a\\u0000"', '{"\\ud800": 1}', "9" * 5000, b"\xff"]
)  # fmt: skip
def test_what_is_no_small_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".*"):
        read_small(text, most=10_000)


def test_what_is_small_and_shallow_is_read():
    assert read_small('{"a": [1, {"b": "ñ 𝄞"}]}', most=100) == {"a": [1, {"b": "ñ 𝄞"}]}
    assert read_small("[" * 32 + "]" * 32, most=100)


@pytest.mark.parametrize("text", ["[]", "1", '"a"', "null", '{"a": 1}' + " " * 100])
def test_an_object_is_an_object_and_no_longer_than_agreed(text):
    with pytest.raises(ValueError, match="object|long"):
        read_object(text, most=100)
