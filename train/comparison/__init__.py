"""Arms compared: what each changes, folds over the training drivers, figures by driver, differences with intervals."""
