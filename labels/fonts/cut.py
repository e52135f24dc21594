"""Cut the two label fonts out of the variable Noto Sans SC, once; the cuts are committed and running needs no source.

    python labels/fonts/cut.py 'NotoSansSC[wght].ttf'

Needs fonttools, which the product itself does not. The source (OFL) is in the package justmytype-intl-cjk 0.1.0.
reportlab knows no variable fonts, and of two faces with one PostScript name it silently draws only the first, so
each cut gets its own names. "Source" is a reserved name of the licence and is not used. Cuts repeat byte for byte.
Source: 4.5.5; status labels need every character of a supplier's name.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "Warehouse Label Sans"
HERE = Path(__file__).resolve().parent
# Latin-1, Latin Extended-A, punctuation, letterlike, arrows, ①-⑳, CJK punctuation, full width
SIGNS = ((0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x205E), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2460, 0x2473),
         (0x3000, 0x303F), (0xFF01, 0xFFEE))  # fmt: skip
# Words of the glossary outside GB2312 and Big5 level 1 (嘜頭: shipping mark)
WORDS = "嘜"
DROPPED = ["STAT", "BASE", "GSUB", "GPOS", "GDEF", "vhea", "vmtx", "HVAR", "avar", "MVAR"]


def double_byte(encoding: str, leads: range) -> set[int]:
    """Give the code points of all two-byte codes of an encoding whose first byte is in `leads`."""
    codes = (bytes((lead, trail)).decode(encoding, "ignore") for lead in leads for trail in range(0x40, 0xFF))
    return {ord(text) for text in codes if len(text) == 1 and ord(text) > 0x7F}


def characters(weight: int) -> set[int]:
    """Give the code points of a cut: Regular is wide (GBK, Big5), Bold the common part of both."""
    signs = {code for first, last in SIGNS for code in range(first, last + 1)}
    if weight == 400:
        return signs | double_byte("gbk", range(0x81, 0xFF)) | double_byte("big5", range(0xA1, 0xFA))
    common = double_byte("gb2312", range(0xA1, 0xF8)) | double_byte("big5", range(0xA1, 0xC7))
    return signs | common | {ord(character) for character in WORDS}


def rename(font: TTFont, style: str, weight: int) -> None:
    """Give the cut its own names; keep copyright, version and licence (name IDs 0, 5, 13, 14)."""
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 5, 13, 14)]
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    for number, text in ((1, FAMILY), (2, style), (3, postscript), (4, f"{FAMILY} {style}"), (6, postscript)):
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
    font["head"].macStyle = int(style == "Bold")


def cut(source: Path, style: str, weight: int) -> Path:
    """Write one face beside this file and return its path."""
    font = instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": weight})
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += DROPPED
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters(weight))
    cutter.subset(font)
    rename(font, style, weight)
    target = HERE / f"WarehouseLabelSans-{style}.ttf"
    font.save(target)
    return target


def main() -> None:
    """Cut both faces from the variable font named on the command line."""
    source = Path(sys.argv[1])
    for style, weight in (("Regular", 400), ("Bold", 700)):
        target = cut(source, style, weight)
        glyphs = len(TTFont(target).getGlyphOrder())
        sys.stdout.write(f"{target.name}: {glyphs} glyphs, {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
