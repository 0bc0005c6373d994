"""Bytes and Pillow: pictures checked, read, finished and made smaller. No network; nothing here awaits."""
