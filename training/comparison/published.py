"""What others report, to read the table by."""

CONTEXT = """\
What others report, on other data or by another protocol, so not to be compared digit by digit:

- Chance is 14.28% with seven classes. People agree with FER2013's labels on 65 +- 5% (Goodfellow et al.
  2013, arXiv:1307.0414).
- Commercial classifiers reach 48% to 62% on posed and spontaneous sets (PLOS ONE 2020,
  [journal.pone.0231968](https://doi.org/10.1371/journal.pone.0231968)).
- `kaggle-gen12`: 60.9%, 59% as the mean of the classes, on 2,867 images held out of Training; 62.6% on
  PublicTest and PrivateTest together. `kaggle-gen06`: about 64% there.
- `mobilenetv2-transfer` and `vgg16-transfer`: about 45%. `scratch`: about 56%.
- `deepface`: 57.4% (its author, serengil/deepface#247).
"""
