/* SPDX-License-Identifier: MIT */
/*
 * messages_json - one JSON text, judged as a whole and without recursion
 *
 * The grammar is libyajl's.  What it lets pass, and we do not: UTF-8 that is
 * overlong or encodes half a pair, a half pair as an escape, form feed and
 * vertical tab as blanks, a name twice in one object (RFC 7493).
 */
#ifndef CORDON_MODULES_MESSAGES_JSON_H
#define CORDON_MODULES_MESSAGES_JSON_H 1
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

#define JSON_REQUIRED 64 /* members that can be required */

struct json_rules {
	int64_t depth; /* of arrays and objects; {} is 1 */
	const struct cordon_list *forbidden; /* names, at any depth */
	const struct cordon_list *required;  /* NAME:TYPE, of the outermost */
};

/* Is it a NAME:TYPE? */
int json_check_required(const char *text, struct cordon_error *err);
/* Required members against each other. */
int json_check_rules(const struct json_rules *rules, struct cordon_error *err);

/*
 * The last byte must be a line's end, and no other: a text that is not whole
 * is an error there.  0; or -1, and err says what is wrong in words of ours,
 * and none of the text's.  Memory: at most some three times `size`.
 */
int json_judge(const struct json_rules *rules, const char *text, size_t size,
	       struct cordon_error *err);

#endif /* CORDON_MODULES_MESSAGES_JSON_H */
