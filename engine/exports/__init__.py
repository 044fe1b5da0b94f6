"""A clip as one model read it, as files of the field's other programs: tables, subtitles, annotations, pictures."""
