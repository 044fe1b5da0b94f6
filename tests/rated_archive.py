"""A source archive as vaderSentiment 0.5 is one, with few rated texts."""

import io
import tarfile
import zipfile

from engine.formats.rated_texts import FILES, INNER

TEXTS = {
    "movie": ["1\t3.2\tA lovely film, &amp; moving.", "2\t-4\tDull from start to finish", "3\t0.4\tWasabi"],
    "amazon": [
        "1_1\t-0.9\tno picture, it said ''scrolling in black and white''",
        "1_2\t4\tgreat fun\x85 for all of us",
    ],
    "tweet": ["1\t2\t@anna So lucky! #blessed http://t.co/x1", "2\t-1\tso LUCKY blessed"],
    "nyt": ["1_1\t0.15\tEvents include sprinting and yule log rolling.", ""],
}


def archive(path, texts=TEXTS, inner=INNER):
    """Write the archive with these lines of each kind."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        for kind, lines in texts.items():
            content = "\n".join(lines).encode("latin-1")
            member = tarfile.TarInfo(f"hutto/{FILES[kind]}")
            member.size = len(content)
            files.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr(f"vaderSentiment-0.5/additional_resources/{inner}", packed.getvalue())
    return path
