"""Code 128 (ISO/IEC 15417), set C for digits and set B for the rest, as bars to draw."""

# Widths of bar, space, bar… of each of the 106 symbols and the stop pattern.
_WIDTHS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]
START_B, START_C, STOP = 104, 105, 106
QUIET = 10
"""Modules of white that a reader needs on both sides."""


def symbols(text: str) -> list[int]:
    """The symbols of a text, check symbol included. ValueError for one that set B cannot write."""
    if text.isascii() and text.isdigit() and len(text) % 2 == 0:
        values = [START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    else:
        values = [START_B, *(ord(letter) - 32 for letter in text)]
    if not text or any(not 0 <= value < 96 for value in values[1:] if values[0] == START_B):
        raise ValueError(f"{text!r} cannot be written in Code 128")
    check = values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))
    return [*values, check % 103, STOP]


def bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """(place, width) of each black bar in modules, and the width of all with its quiet zones."""
    found, at = [], QUIET
    for symbol in symbols(text):
        for order, width in enumerate(map(int, _WIDTHS[symbol])):
            if order % 2 == 0:
                found.append((at, width))
            at += width
    return found, at + QUIET
