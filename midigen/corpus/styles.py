"""The style of a piece is the folder that it lies in: its composer, in most collections."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from midigen.config import STYLES_OF_FOLDERS, Split, TokenizerConfig
from midigen.music.tokenizer import MOST_STYLES

FEWEST_PIECES = 4  # to learn a style from


def folder_styles(files: Sequence[str]) -> dict[str, str]:
    """The style of each file: its first-level folder, below those that all files lie in.

    Args:
        files: paths within the data set, with slashes.

    Returns:
        a name for people, nothing for a file that lies in no folder of its own:
        `Bach,_Johann/fugue.mid` is of the style `Bach Johann`.
    """
    parents = [PurePosixPath(file).parent for file in files]
    shared = os.path.commonpath(parents) if parents else ""
    below = [parent.relative_to(shared).parts for parent in parents]
    return {
        file: _name(parts[0]) if parts else "" for file, parts in zip(files, below, strict=True)
    }


def with_styles(
    config: TokenizerConfig, styles: Mapping[str, str], splits: Mapping[str, Split]
) -> TokenizerConfig:
    """The alphabet with the names of the styles that there is enough of to learn from.

    Args:
        config: says whether styles are taken from folders; names that it lists are kept.
        styles: of each file, as `folder_styles` tells.
        splits: the part that each file belongs to.
    """
    if config.styles != STYLES_OF_FOLDERS:
        return config
    pieces = Counter(style for file, style in styles.items() if style and splits[file] == "train")
    known = [style for style, n in pieces.most_common(MOST_STYLES) if n >= FEWEST_PIECES]
    return replace(config, styles=",".join(sorted(known)) or None)


def _name(folder: str) -> str:
    """Without commas, which separate names, and underscores, which stand for spaces."""
    return " ".join(folder.replace(",", " ").replace("_", " ").split())
