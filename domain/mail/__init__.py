"""Letters that come to us: kept, told apart, handed on, answered. A letter is believed nothing."""
