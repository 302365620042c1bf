# Manual pages: dist_man_MANS += doc/NAME.8
