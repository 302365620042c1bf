/* SPDX-License-Identifier: MIT */
/*
 * digest - SHA-256 over a stack as it is resolved: equal where the policy is
 */
#ifndef CORDON_DIGEST_H
#define CORDON_DIGEST_H 1
#include "core/prepare.h"

/* Canonical text: sections by name, defaults spelled out, one way to write each
 * value, parameters as type and bounds unless -p gave them, the modules' ABI. */
const char *digest_text(struct prepared *prepared, struct cordon_error *err);
/* 64 hexadecimal digits of it. */
const char *digest_of(struct arena *arena, const char *text);

#endif /* CORDON_DIGEST_H */
