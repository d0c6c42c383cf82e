"""Brings a picture to a clip's size: the rule that a clip's first frame keeps."""

from __future__ import annotations

from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from emulator.media.clips import FPS

# The fast paths of swscale round differently from one processor to the next.
EXACT = "bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp"


def crop(width: int, height: int, to_width: int, to_height: int) -> tuple[int, int, int, int]:
    """The largest rectangle of the wanted shape, at the middle: width, height, left, top."""
    wide = max(1, min(width, round(height * to_width / to_height)))
    high = max(1, min(height, round(width * to_height / to_width)))
    return wide, high, (width - wide) // 2, (height - high) // 2


def fit(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """The middle of `frame`, in the shape asked for, scaled to `width` x `height`.

    It comes as yuv420p in the colours of HD television: BT.709, 16 to 235. Alpha is dropped.
    """
    exact = Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
    # Through RGB: libav's filters disagree on what an untagged grey or full-range YUV means.
    source = frame.reformat(format="rgb24", interpolation=Interpolation.BICUBIC | exact)
    wide, high, left, top = crop(source.width, source.height, width, height)
    size = source.width, source.height
    graph = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add_buffer(None, *size, source.format, time_base=Fraction(1, FPS)),
        graph.add("crop", f"{wide}:{high}:{left}:{top}:exact=1"),
        graph.add("scale", f"{width}:{height}:flags={EXACT}:out_color_matrix=bt709:out_range=tv"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    graph.vpush(source)
    return graph.vpull()
