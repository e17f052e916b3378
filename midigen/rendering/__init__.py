"""How notes become sound, and a picture of them; nothing here knows about models or the page."""
