"""How dates are written where Django's own formats could be misread."""
