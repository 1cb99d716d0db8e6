"""The portal's side of procedures: find one, read its card, fill it in, send it, follow it."""
