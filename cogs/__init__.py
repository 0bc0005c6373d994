"""What Discord users see. A file named ``*cog.py`` is a loadable extension."""
