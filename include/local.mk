cordoninclude_HEADERS += include/cordon/module.h
