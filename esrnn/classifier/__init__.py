"""`SeriesClassifier`: a class for each series, from its history and facts given once.

`classifier` holds the class in sktime's interface, `settings` what its networks are told; `labels`
puts classes in order and weighs them, `encoding` turns columns into numbers, `network` is the
network, `training` trains it, `saving` writes and reads model directories.
"""

from esrnn.classifier.classifier import SeriesClassifier

__all__ = ["SeriesClassifier"]
