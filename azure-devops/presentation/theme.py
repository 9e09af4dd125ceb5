#!/usr/bin/env python3
"""Writes pandoc's own reference.pptx with our fonts, colours and title line: theme.py IN OUT.

Where pandoc's reference has changed, what is looked for is not found: that is said, and stays as pandoc has it.
"""

import sys
import zipfile

BLUE = '<a:srgbClr val="1F4E79"/>'
LINE = (
    '<p:sp><p:nvSpPr><p:cNvPr id="20" name="Line"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm>'
    '<a:off x="457200" y="1040000"/><a:ext cx="8229600" cy="22860"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
    f"</a:prstGeom><a:solidFill>{BLUE}</a:solidFill><a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
)
TITLE = '<p:titleStyle><a:lvl1pPr algn="{}"'
TITLE_FONT = '<a:defRPr sz="{}" kern="1200"{}><a:solidFill>{}</a:solidFill><a:latin typeface="+mj-lt"/>'
CHANGES = {
    # Every machine has Arial, or a font of its widths.
    "ppt/theme/theme1.xml": [('<a:latin typeface="Calibri"/>', '<a:latin typeface="Arial"/>')],
    "ppt/slideMasters/slideMaster1.xml": [
        ("</p:spTree>", LINE + "</p:spTree>"),
        (TITLE.format("ctr"), TITLE.format("l")),
        (
            TITLE_FONT.format(3300, "", '<a:schemeClr val="tx1"/>'),
            TITLE_FONT.format(3000, ' b="1"', BLUE),
        ),
        # Air between the points.
        ('<a:spcPct val="20000"/>', '<a:spcPct val="45000"/>'),
    ],
    # The first slide has no line under its title.
    "ppt/slideLayouts/slideLayout1.xml": [
        ('type="title"', 'showMasterSp="0" type="title"'),
        ('algn="ctr"', 'algn="l"'),
        ('<a:off x="1371600"', '<a:off x="685800"'),
    ],
}


def main(source: str, target: str) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            for before, after in CHANGES.get(name, []):
                if before.encode() not in text:
                    print(f"theme.py: {name} of pandoc's reference has no {before}", file=sys.stderr)
                text = text.replace(before.encode(), after.encode())
            new.writestr(name, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
