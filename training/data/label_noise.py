"""P(label | votes): what FER2013 would call an image that ten people saw as FER+ says.

FER2013's labels are noisy: votes and label name the same emotion for 63% of the images. The
distribution given the votes is a target without that image's own noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from edge.contract.facesets import FaceSet
from edge.errors import ContractError


def label_given_votes(faces: FaceSet) -> npt.NDArray[np.float32]:
    """Multinomial logistic regression of the labels on the votes, fitted on these faces.

    Returns:
        (N, C) float32, each row summing to 1; the label itself where an image has no votes.
    Raises:
        ContractError: The faces have no votes.
    """
    targets = np.eye(len(faces.classes), dtype=np.float32)[faces.labels]
    if faces.votes is None or not faces.votes.any():
        raise ContractError("the recipe uses FER+ votes (votes.target_share): give them with --votes")
    voted = faces.votes.sum(axis=1) > 0
    shares = faces.votes[voted] / faces.votes[voted].sum(axis=1, keepdims=True)
    # The square root tells one vote from none, which the shares alone hardly do.
    features = np.hstack([shares, np.sqrt(shares)])
    regression = LogisticRegression(C=3.0, max_iter=1000).fit(features, faces.labels[voted])
    targets[voted] = 0
    targets[np.ix_(voted, regression.classes_)] = regression.predict_proba(features)
    return targets
