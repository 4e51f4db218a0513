"""Speaks the demo's narration: text in, samples out, and the moment at which each sentence is said.

Part of `make_media`, which see for what has to be installed. The voice is eSpeak NG's, from the wheel
`espeakng-loader`, driven through its C interface (`speak_lib.h`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

RATE = 24_000
"""Samples a second of everything made here: 576 of them, an MP3 frame at this rate, are 24 ms exactly."""

Samples = NDArray[np.float64]

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_UTF8 = 1  # espeakCHARS_UTF8
_WORDS_A_MINUTE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER


@dataclass(frozen=True, slots=True)
class Sentence:
    """A spoken sentence. `start` and `end` in seconds from the beginning of the recording."""

    text: str
    start: float
    end: float


class Voice:
    """One eSpeak voice. Only one may speak at a time: the library keeps its state in globals."""

    def __init__(self, name: str, *, words_a_minute: int) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise LookupError(f"eSpeak has no voice called {name!r}")
        for parameter, value in ((_WORDS_A_MINUTE, words_a_minute), (_PITCH, 38), (_RANGE, 56)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._heard: list[NDArray[np.int16]] = []
        # Kept on self: ctypes does not keep a callback alive for C.
        self._callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)(
            self._hear
        )
        self._library.espeak_SetSynthCallback(self._callback)

    def _hear(self, wave: Any, count: int, _events: object) -> int:
        if wave and count:
            self._heard.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    def say(self, text: str) -> Samples:
        """The sentence, −1 to 1 at `RATE`, without the silence around it."""
        self._heard.clear()
        spoken = text.encode()
        self._library.espeak_Synth(spoken, len(spoken) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        wave: Samples = np.concatenate(self._heard).astype(np.float64) / 32768
        loud = np.flatnonzero(np.abs(wave) > 0.004)
        wave = wave[loud[0] : loud[-1] + 1]
        count = round(len(wave) * RATE / self._rate)
        return np.asarray(np.interp(np.arange(count) * (self._rate / RATE), np.arange(len(wave)), wave))


def narrate(
    voice: Voice, paragraphs: Sequence[Sequence[str]], duration: float, *, lead: float, tail: float
) -> tuple[Samples, list[Sentence]]:
    """The paragraphs, spread over exactly `duration` seconds: the pauses take what the speech leaves.

    Raises ValueError where they would be so short or so long that it sounds wrong.
    """
    said = [[voice.say(text) for text in paragraph] for paragraph in paragraphs]
    spoken = sum(len(wave) for paragraph in said for wave in paragraph) / RATE
    # A pause between paragraphs is as long as three between sentences.
    units = sum(len(paragraph) - 1 for paragraph in said) + 3 * (len(said) - 1)
    pause = (duration - lead - tail - spoken) / max(units, 1)
    if not 0.2 <= pause <= 0.8:
        raise ValueError(f"a pause of {pause:.2f} s between sentences: change the text or the speed ({spoken:.1f} s)")

    whole = np.zeros(round(duration * RATE))
    sentences: list[Sentence] = []
    at = lead
    for texts, waves in zip(paragraphs, said, strict=True):
        for text, wave in zip(texts, waves, strict=True):
            start = round(at * RATE)
            whole[start : start + len(wave)] += wave
            sentences.append(Sentence(text, at, at + len(wave) / RATE))
            at = sentences[-1].end + pause
        at += 2 * pause
    return whole, sentences


def place(voice: Samples, *, seed: int) -> Samples:
    """Puts a dry voice into a place: a little of a room, water passing far off, and a bell at either end."""
    random = np.random.default_rng(seed)
    count = len(voice)
    seconds = np.arange(count) / RATE

    room = random.standard_normal(RATE // 5) * np.exp(-np.arange(RATE // 5) / (RATE * 0.035))
    size = 1 << (count + len(room) - 1).bit_length()
    echo = np.fft.irfft(np.fft.rfft(_warm(voice), size) * np.fft.rfft(room, size), size)[:count]
    mixed = _warm(voice) + echo * (0.10 * np.std(voice) / (np.std(echo) + 1e-9))
    mixed *= 0.84 / np.max(np.abs(mixed))

    water = _band(random.standard_normal(count), 180, 1400)
    swell = 0.7 + 0.3 * np.sin(seconds * 2 * np.pi / 7.3) * np.sin(seconds * 2 * np.pi / 11.9)
    mixed += water / np.std(water) * 0.0045 * swell

    for at in (0.15, max(0.0, count / RATE - 3.2)):
        since = np.clip(seconds - at, 0, None)
        for pitch, strength, fades in (
            (293.7, 0.11, 1.1),
            (440.0, 0.06, 0.8),
            (587.3, 0.05, 0.6),
            (1320.0, 0.012, 0.2),
        ):
            mixed += strength * np.sin(2 * np.pi * pitch * since) * np.exp(-since / fades) * np.minimum(1, since * 60)

    edge = np.minimum(1, np.minimum(seconds / 0.4, (count / RATE - seconds) / 0.6))
    return np.asarray(np.clip(mixed * edge, -0.98, 0.98))


def _warm(wave: Samples) -> Samples:
    """Takes the edge off: a formant synthesiser is all consonants above 5 kHz."""
    spectrum = np.fft.rfft(wave)
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    gain = 1 / (1 + (hertz / 5200) ** 4) * (1 + 0.35 * np.exp(-(((hertz - 190) / 120) ** 2)))
    return np.fft.irfft(spectrum * gain, len(wave))


def _band(wave: Samples, low: float, high: float) -> Samples:
    spectrum = np.fft.rfft(wave)
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    return np.fft.irfft(spectrum / (1 + (low / (hertz + 1)) ** 4) / (1 + (hertz / high) ** 4), len(wave))
