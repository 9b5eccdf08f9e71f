"""What a browser sends with a manual form: its fields, the files it brings, and those it brought before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from channels.form.entry import read_scans
from channels.form.reading import Invalid
from channels.form.settings import FormSettings
from core.channel import Busy, Intake, Refused
from core.filetypes import EXTENSIONS, Empty, FileRefused, HasControls, NotUtf8, OtherKind, TooLarge
from core.model.message import Attachment
from gateway.uploads import files_in, read_form, store_file

OURS = frozenset({"csrf", "deed", "kept"})


@dataclass(frozen=True, slots=True)
class Posted:
    """A form as it came. ``deed``: the button that was pressed. ``errors``: what is wrong with its files."""

    fields: Mapping[str, str] = field(repr=False)
    deed: str = ""
    scans: tuple[Attachment, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    def line(self, name: str) -> str:
        """A field on one line."""
        return " ".join(self.fields.get(name, "").split())


async def read_posted(request: web.Request, settings: FormSettings, intake: Intake) -> Posted:
    """Every file is kept as it is read; one that cannot be taken leaves the others. Raises as ``visit`` does."""
    sent = await read_form(request)
    fields = {name: value for name, value in sent.items() if isinstance(value, str) and name not in OURS}
    files = files_in(sent, "scans")
    errors: dict[str, str] = {}
    kept: list[Attachment] = []
    try:
        kept += read_scans([name for name in sent.getall("kept", []) if isinstance(name, str)])
    except Invalid as invalid:
        errors |= invalid.errors
    for file in files[: settings.max_scans + 1]:
        try:
            # Browsers name the type by the file's extension, which proves nothing: the content alone decides.
            kept.append(await store_file(file, intake.store, limit=settings.max_scan))
        except (FileRefused, Refused, Busy) as refused:
            errors["scans"] = remedy_for(refused, settings)
    return Posted(fields, str(sent.get("deed", "")), tuple(kept), errors)


def remedy_for(refused: Exception, settings: FormSettings) -> str:
    """What staff read when a file is not taken."""
    match refused:
        case Empty():
            return "Berkas kosong. Pindai dan unggah lagi."
        case TooLarge() | Refused():
            size = f"{settings.max_scan / 1_048_576:.0f}"
            return (
                f"Berkas terlalu besar. Unggah berkas paling besar {size} MB, atau pindai dengan resolusi lebih rendah."
            )
        case NotUtf8() | HasControls():
            return "Berkas teks tidak terbaca. Simpan sebagai PDF, lalu unggah lagi."
        case Busy():
            return "Berkas belum dapat disimpan. Tunggu sebentar, lalu unggah lagi."
        case OtherKind() | _:
            return f"Jenis berkas ini tidak diterima. Unggah {', '.join(EXTENSIONS)}."
