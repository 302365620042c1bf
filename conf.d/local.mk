# The stacks that ship: dist_stacks_DATA += conf.d/NAME.ini
dist_stacks_DATA += conf.d/base.ini
dist_stacks_DATA += conf.d/default.ini
dist_stacks_DATA += conf.d/other.ini
