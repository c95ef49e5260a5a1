"""What explorers share, Python and JavaScript: nothing in here knows one of them."""
