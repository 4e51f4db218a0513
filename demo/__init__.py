"""The QA pages: an article, the state gallery, and the media and the faults that they play with."""
