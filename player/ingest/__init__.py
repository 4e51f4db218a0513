"""Makes of one file what an item needs: renditions, poster, thumbnails, waveform. Needs PyAV (the extra `ingest`).

`source.py` reads the file, `ladder.py`, `sound.py`, `stills.py` and `peaks.py` make one part each, `parts.py` keeps
what is finished, `plan.py` says which parts an item has, and what the catalogue is told of them.
"""
