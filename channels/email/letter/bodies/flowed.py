"""Paragraphs that were broken into lines for the road (RFC 3676), put together again."""


def unflow(text: str, *, delete_space: bool) -> str:
    """``delete_space``: the blank that marks a soft break is no part of the text (DelSp)."""
    lines: list[str] = []
    open_paragraph: list[str] = []
    open_depth = 0
    for raw in text.splitlines():
        depth, line = _unquoted(raw)
        if open_paragraph and depth != open_depth:
            lines.append(_quoted(open_depth, open_paragraph))
            open_paragraph = []
        open_depth = depth
        soft = line.endswith(" ") and line != "-- "
        open_paragraph.append(line[:-1] if soft and delete_space else line)
        if not soft:
            lines.append(_quoted(depth, open_paragraph))
            open_paragraph = []
    if open_paragraph:
        lines.append(_quoted(open_depth, open_paragraph))
    return "\n".join(lines)


def _unquoted(line: str) -> tuple[int, str]:
    """How deep it is quoted, and the line without quoting and stuffing (§4.4, §4.5)."""
    bare = line.lstrip(">")
    return len(line) - len(bare), bare.removeprefix(" ")


def _quoted(depth: int, pieces: list[str]) -> str:
    words = "".join(pieces)
    return f"{'>' * depth} {words}" if depth else words
