"""How notes become sound, a picture and sheet music; nothing here knows of models or the page."""
