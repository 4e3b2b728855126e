"""An Office file as a mapping of part names to bytes: the same parts give the same file."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_FIRST = "[Content_Types].xml"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return the zip of ``parts``, the content types first, the rest by name, every time stamp the same."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != _FIRST, name)):
            info = ZipInfo(name, _EPOCH)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, parts[name])
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the parts of an Office file."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
