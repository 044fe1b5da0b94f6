"""What an importer found in somebody else's file: the word table, and a sentence for each thing worth knowing."""

from __future__ import annotations

from dataclasses import dataclass, field

from extraction.store import WordTable


@dataclass(frozen=True)
class Imported:
    """Attributes: table; findings, sentences in the order they were found."""

    table: WordTable
    findings: tuple[str, ...]


@dataclass
class Findings:
    """Collects the sentences while a file is read; the same sentence is kept once."""

    sentences: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Keep one sentence."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def imported(self, table: WordTable) -> Imported:
        """The table with what was found."""
        return Imported(table, tuple(self.sentences))
