"""ResNet Digit Lab: train the posted ResNet on digits, see why it learns or not, draw on it."""
