/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/data.h"
#include "core/door.h"
#include "core/expand.h"
#include "core/option.h"
#include "core/param.h"
#include "core/value.h"

#define SHOWN 96
#define NANOSECONDS ((uint64_t)1000000000)

#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

struct parser {
	struct arena *arena;
	const struct stack *stack;
	const struct section *section;
	const struct cordon_module *module;
	char *self;
	struct cordon_error *err;
};

/* ---- ids ---- */

static int check_id_text(const char *text, const char *what,
			 struct cordon_error *err)
{
	char shown[SHOWN];
	uint32_t id;

	SHOW(shown, text);
	if (value_id(text, &id) == -2)
		return cordon_fail(err, 0,
				   "'%s' is not an id (0 to 4294967294, "
				   "without leading zeros)",
				   shown);
	/* To NSS some of these are no names but orders (compat). */
	if (!*text || strpbrk(text, " \t:/,") || strchr("+-", *text))
		return cordon_fail(err, 0, "'%s' is not the name of a %s",
				   shown, what);
	return 0;
}

int option_user(const char *text, uint32_t *uid, struct cordon_error *err)
{
	struct door_user user;
	struct arena *arena;
	int rc;

	if (value_id(text, uid) == 0)
		return 0;
	if (check_id_text(text, "user", err) < 0)
		return -1;
	arena = arena_new();
	rc = door_user(arena, text, &user, err);
	if (rc == 0)
		*uid = user.uid;
	arena_free(arena);
	return rc;
}

int option_group(const char *text, uint32_t *gid, struct cordon_error *err)
{
	struct arena *arena;
	int rc;

	if (value_id(text, gid) == 0)
		return 0;
	if (check_id_text(text, "group", err) < 0)
		return -1;
	arena = arena_new();
	rc = door_group(arena, text, gid, err);
	arena_free(arena);
	return rc;
}

/* ---- the types ---- */

struct type_row {
	uint32_t type;
	const char *text; /* for people */
	enum value_kind kind;
	uint64_t per; /* limits: this many of what is written are one */
	int (*parse)(const struct parser *parser, const struct type_row *type,
		     const struct cordon_option *option,
		     const struct setting *setting, void *field);
	const char *(*print)(struct arena *arena, const struct type_row *type,
			     const struct cordon_option *option,
			     const void *field);
	unsigned expand; /* EXPAND_*, for lists */
};

/* One word of a setting, which is no list. */
static const char *expand(const struct parser *parser, const char *text,
			  size_t size)
{
	struct expanded words;

	if (expand_words(parser->arena, parser->stack, text, size, 0, &words,
			 parser->err) < 0)
		return NULL;
	return words.word[0];
}

static int further_check(const struct parser *parser,
			 const struct cordon_option *option, const char *text)
{
	return option->check ? option->check(text, parser->err) : 0;
}

static int parse_yes_no(const struct parser *parser, const char *text,
			struct cordon_number *number)
{
	number->value = param_word("no|yes", text, parser->err);
	return number->value < 0 ? -1 : 0;
}

static int parse_word(const struct parser *parser,
		      const struct cordon_option *option, const char *text,
		      struct cordon_number *number)
{
	number->value =
		param_word(option->form ? option->form : "", text, parser->err);
	return number->value < 0 ? -1 : 0;
}

static int parse_id(const struct parser *parser, uint32_t type,
		    const char *text, struct cordon_number *number)
{
	uint32_t id;
	int rc = type == CORDON_USER ? option_user(text, &id, parser->err)
				     : option_group(text, &id, parser->err);

	if (rc == 0)
		number->value = id;
	return rc;
}

/* `unlimited` only where the module shows that it knows the word. */
static int find_range(const struct type_row *type,
		      const struct cordon_option *option,
		      struct param_range *range, struct cordon_error *err)
{
	char why[sizeof(err->text)];

	*range = (struct param_range){ 0 };
	if (option->form &&
	    param_range(type->kind, option->form, range, err) < 0) {
		memcpy(why, err->text, sizeof(why));
		return cordon_fail(err, 0, "the module's bounds '%s': %.400s",
				   option->form, why);
	}
	range->is_unlimited |=
		option->value && !strcmp(option->value, "unlimited");
	return 0;
}

static int parse_number(const struct parser *parser,
			const struct type_row *type,
			const struct cordon_option *option,
			const struct setting *setting, void *field)
{
	const char *text = expand(parser, setting->raw, strlen(setting->raw));
	struct cordon_number *number = field;
	struct param_range range;

	if (!text)
		return -1;
	if (type->type == CORDON_YES_NO)
		return parse_yes_no(parser, text, number);
	if (type->type == CORDON_WORD)
		return parse_word(parser, option, text, number);
	if (type->type == CORDON_USER || type->type == CORDON_GROUP)
		return parse_id(parser, type->type, text, number);
	if (find_range(type, option, &range, parser->err) < 0)
		return -1;
	return param_number(type->kind, text, &range, &number->value,
			    parser->err);
}

static const char *word_at(struct arena *arena, const char *form, int64_t index)
{
	for (; index > 0 && strchr(form, '|'); index--)
		form = strchr(form, '|') + 1;
	return arena_copy(arena, form, strcspn(form, "|"));
}

static const char *print_number(struct arena *arena,
				const struct type_row *type,
				const struct cordon_option *option,
				const void *field)
{
	const struct cordon_number *number = field;
	struct cordon_error ignored;
	struct param_range range;

	if (type->type == CORDON_YES_NO)
		return number->value ? "yes" : "no";
	if (type->type == CORDON_WORD)
		return word_at(arena, option->form, number->value);
	if (number->value == -1 &&
	    find_range(type, option, &range, &ignored) == 0 &&
	    range.is_unlimited)
		return "unlimited";
	if (number->value < 0)
		return arena_printf(arena, "%" PRId64, number->value);
	return value_print(arena, type->kind, (uint64_t)number->value);
}

/* ---- limits ---- */

struct limit_part {
	uint64_t value;
	uint32_t form;
};

static int not_a_limit(const struct parser *parser, const char *text)
{
	char shown[SHOWN];

	return cordon_fail(parser->err, 0,
			   "'%s' is not SOFT[:HARD] (each a value, unlimited, "
			   "same or <=VALUE)",
			   SHOW(shown, text));
}

static int parse_limit_value(const struct parser *parser,
			     const struct type_row *type, const char *text,
			     uint64_t *out)
{
	char shown[SHOWN];
	uint64_t value;

	if (!*text || !strchr("0123456789", *text))
		return not_a_limit(parser, text);
	if (value_parse(type->kind, text, &value, parser->err) < 0)
		return -1;
	if (value % type->per)
		return cordon_fail(
			parser->err, 0, "'%s' is not a whole number of %s",
			SHOW(shown, text),
			type->per == NANOSECONDS ? "seconds" : "microseconds");
	*out = value / type->per;
	return 0;
}

static int parse_limit_part(const struct parser *parser,
			    const struct type_row *type, const char *raw,
			    size_t size, struct limit_part *out)
{
	const char *text = expand(parser, raw, size);

	if (!text)
		return -1;
	*out = (struct limit_part){ CORDON_UNLIMITED, CORDON_LIMIT_VALUE };
	if (!strcmp(text, "unlimited"))
		return 0;
	if (!strcmp(text, "same")) {
		*out = (struct limit_part){ 0, CORDON_LIMIT_SAME };
		return 0;
	}
	if (!strncmp(text, "<=", 2)) {
		out->form = CORDON_LIMIT_AT_MOST;
		text += 2;
	}
	return parse_limit_value(parser, type, text, &out->value);
}

/* The colon of the setting splits, never one that a parameter brings. */
static int parse_limit(const struct parser *parser, const struct type_row *type,
		       const struct cordon_option *option,
		       const struct setting *setting, void *field)
{
	const char *raw = setting->raw;
	size_t size = strcspn(raw, ":");
	struct cordon_limit *limit = field;
	struct limit_part soft, hard;
	char shown[SHOWN];

	if (parse_limit_part(parser, type, raw, size, &soft) < 0)
		return -1;
	hard = soft;
	if (raw[size] == ':' &&
	    parse_limit_part(parser, type, raw + size + 1,
			     strlen(raw + size + 1), &hard) < 0)
		return -1;
	/* Of what is inherited nothing is known yet. */
	if (soft.form == CORDON_LIMIT_VALUE && hard.form != CORDON_LIMIT_SAME &&
	    soft.value > hard.value)
		return cordon_fail(parser->err, 0,
				   "'%s' is not SOFT[:HARD] (SOFT is larger "
				   "than HARD)",
				   SHOW(shown, raw));
	limit->soft = soft.value;
	limit->soft_form = soft.form;
	limit->hard = hard.value;
	limit->hard_form = hard.form;
	return 0;
}

static const char *print_limit_part(struct arena *arena,
				    const struct type_row *type, uint64_t value,
				    uint32_t form)
{
	if (form == CORDON_LIMIT_SAME)
		return "same";
	if (value != CORDON_UNLIMITED)
		value *= type->per; /* was divided by it */
	return arena_printf(arena, "%s%s",
			    form == CORDON_LIMIT_AT_MOST ? "<=" : "",
			    value_print(arena, type->kind, value));
}

static const char *print_limit(struct arena *arena, const struct type_row *type,
			       const struct cordon_option *option,
			       const void *field)
{
	const struct cordon_limit *limit = field;

	return arena_printf(
		arena, "%s:%s",
		print_limit_part(arena, type, limit->soft, limit->soft_form),
		print_limit_part(arena, type, limit->hard, limit->hard_form));
}

/* ---- texts ---- */

static int parse_text(const struct parser *parser, const struct type_row *type,
		      const struct cordon_option *option,
		      const struct setting *setting, void *field)
{
	const char *text = expand(parser, setting->raw, strlen(setting->raw));

	if (!text)
		return -1;
	if (type->type == CORDON_PATH &&
	    trust_check_path_text(text, parser->err) < 0)
		return -1;
	((struct cordon_text *)field)->text = text;
	return further_check(parser, option, text);
}

static const char *print_text(struct arena *arena, const struct type_row *type,
			      const struct cordon_option *option,
			      const void *field)
{
	return ((const struct cordon_text *)field)->text;
}

static int parse_data(const struct parser *parser, const struct type_row *type,
		      const struct cordon_option *option,
		      const struct setting *setting, void *field)
{
	const char *text = expand(parser, setting->raw, strlen(setting->raw));

	if (!text)
		return -1;
	return data_read(parser->arena, parser->stack, setting, option->form,
			 text, field, parser->err);
}

static const struct type_row types[] = {
	{ CORDON_YES_NO, "yes or no", 0, 1, parse_number, print_number, 0 },
	{ CORDON_SIZE, "SIZE", VALUE_SIZE, 1, parse_number, print_number, 0 },
	{ CORDON_TIME, "TIME", VALUE_TIME, 1, parse_number, print_number, 0 },
	{ CORDON_NUMBER, "number", VALUE_COUNT, 1, parse_number, print_number,
	  0 },
	{ CORDON_PERCENT, "N%", VALUE_PERCENT, 1, parse_number, print_number,
	  0 },
	{ CORDON_MODE, "octal mode", VALUE_MODE, 1, parse_number, print_number,
	  0 },
	{ CORDON_WORD, "one of", 0, 1, parse_number, print_number, 0 },
	{ CORDON_USER, "user", VALUE_COUNT, 1, parse_number, print_number, 0 },
	{ CORDON_GROUP, "group", VALUE_COUNT, 1, parse_number, print_number,
	  0 },
	{ CORDON_LIMIT_NUMBER, "SOFT[:HARD], numbers", VALUE_COUNT, 1,
	  parse_limit, print_limit, 0 },
	{ CORDON_LIMIT_BYTES, "SOFT[:HARD], SIZE", VALUE_SIZE, 1, parse_limit,
	  print_limit, 0 },
	{ CORDON_LIMIT_SECONDS, "SOFT[:HARD], TIME", VALUE_TIME, NANOSECONDS,
	  parse_limit, print_limit, 0 },
	{ CORDON_LIMIT_USECONDS, "SOFT[:HARD], TIME", VALUE_TIME, 1000,
	  parse_limit, print_limit, 0 },
	{ CORDON_TEXT, "text", 0, 1, parse_text, print_text, 0 },
	{ CORDON_PATH, "path", 0, 1, parse_text, print_text, 0 },
	{ CORDON_DATA, "file", 0, 1, parse_data, NULL, 0 },
	{ CORDON_WORDS, "words", 0, 1, NULL, NULL,
	  EXPAND_LIST | EXPAND_NO_GLOB },
	{ CORDON_LINES, "one a line", 0, 1, NULL, NULL, EXPAND_LIST },
	{ CORDON_PATHS, "paths, one a line", 0, 1, NULL, NULL,
	  EXPAND_LIST | EXPAND_NO_GLOB | EXPAND_ESCAPE },
};

static const struct type_row unknown = { .text = "unknown" };

static const struct type_row *find_type(uint32_t type)
{
	for (size_t i = 0; i < CORDON_COUNT(types); i++)
		if (types[i].type == type)
			return &types[i];
	return &unknown;
}

static bool is_list(const struct cordon_option *option)
{
	return option->type >= CORDON_WORDS;
}

const char *option_type_text(const struct cordon_option *option)
{
	return find_type(option->type)->text;
}

const char *option_merge_text(uint32_t merge)
{
	static const char *const texts[] = {
		[CORDON_EQUAL] = "equal", [CORDON_MIN] = "min",
		[CORDON_MAX] = "max",	  [CORDON_AND] = "and",
		[CORDON_OR] = "or",	  [CORDON_STRICTER] = "stricter",
		[CORDON_BOTH] = "both",
	};

	return merge < CORDON_COUNT(texts) ? texts[merge] : "unknown";
}

/* ---- lists ---- */

struct items {
	struct cordon_item *item;
	size_t n, room;
};

static unsigned expand_flags(const struct cordon_option *option)
{
	unsigned flags = find_type(option->type)->expand;
	const char *form = option->form ? option->form : "";

	if (option->type == CORDON_LINES && !strcmp(form, ":"))
		return flags | EXPAND_ESCAPE;
	if (option->type == CORDON_PATHS && !strcmp(form, "plain"))
		return EXPAND_LIST;
	return flags;
}

/* A field of SRC:DST, in which ':' and '\' stand behind a '\'. */
static size_t scan_field(const char *text, char *out)
{
	size_t i = 0;

	for (; text[i] && text[i] != ':'; i++) {
		if (text[i] == '\\' &&
		    (text[i + 1] == ':' || text[i + 1] == '\\'))
			i++;
		*out++ = text[i];
	}
	*out = '\0';
	return i;
}

static int check_paths_item(const struct parser *parser, const char *text,
			    bool is_plain)
{
	char *field = arena_alloc(parser->arena, strlen(text) + 1);
	bool is_first = true;

	text += *text == '-';
	if (is_plain)
		return trust_check_path_text(text, parser->err);
	while (true) {
		text += scan_field(text, field);
		if ((is_first || *field == '/') &&
		    trust_check_path_text(field, parser->err) < 0)
			return -1;
		if (!*text)
			return 0;
		text++;
		is_first = false;
	}
}

static void append(struct arena *arena, struct items *items, const char *text,
		   size_t row, uint32_t where)
{
	if (items->n == items->room) {
		size_t room = items->room ? 2 * items->room : 8;
		struct cordon_item *item =
			arena_alloc(arena, room * sizeof(*item));

		if (items->n > 0)
			memcpy(item, items->item, items->n * sizeof(*item));
		items->item = item;
		items->room = room;
	}
	items->item[items->n++] =
		(struct cordon_item){ text, (uint32_t)row, where };
}

static int append_piece(const struct parser *parser, size_t row,
			const char *raw, size_t size, uint32_t where,
			unsigned more_flags, struct items *items)
{
	const struct cordon_option *option = &parser->module->options[row];
	unsigned flags = expand_flags(option);
	struct expanded words;

	if (expand_words(parser->arena, parser->stack, raw, size,
			 flags | more_flags, &words, parser->err) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++) {
		const char *text = words.word[i];

		append(parser->arena, items, text, row, where);
		if (more_flags & EXPAND_SYMBOLIC)
			continue;
		if (option->type == CORDON_PATHS &&
		    check_paths_item(parser, text, !(flags & EXPAND_ESCAPE)) <
			    0)
			return -1;
		if (further_check(parser, option, text) < 0)
			return -1;
	}
	return 0;
}

/* A blank before a slash is more likely the end of a path than part of a name; and
 * with a '-' the one path that is not there would be silently absent. */
static int check_one_path(const struct parser *parser, const char *raw,
			  size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if ((raw[i] == ' ' || raw[i] == '\t') &&
		    (raw[i + 1] == '/' ||
		     (raw[i + 1] == '-' && i + 2 < size && raw[i + 2] == '/')))
			return cordon_fail(parser->err, 0,
					   "'%.*s' looks like two paths: write "
					   "each in a line of its own",
					   (int)size, raw);
	return 0;
}

/* Splits what is written; what a parameter brings in comes later, whole. */
static int append_setting(const struct parser *parser, size_t row,
			  const struct setting *setting, unsigned flags,
			  struct items *items)
{
	const char *between = parser->module->options[row].type == CORDON_WORDS
				      ? " \t\n"
				      : "\n";
	const char *rest = setting->raw + strspn(setting->raw, between);

	if (setting->is_one)
		return append_piece(parser, row, setting->raw,
				    strlen(setting->raw), setting->where, flags,
				    items);
	while (*rest) {
		size_t size = strcspn(rest, between);

		if (parser->module->options[row].type == CORDON_PATHS &&
		    check_one_path(parser, rest, size) < 0)
			return -1;
		if (append_piece(parser, row, rest, size, setting->where, flags,
				 items) < 0)
			return -1;
		rest += size;
		rest += strspn(rest, between);
	}
	return 0;
}

static void drop_row(struct items *items, size_t row)
{
	size_t kept = 0;

	for (size_t i = 0; i < items->n; i++)
		if (items->item[i].row != row)
			items->item[kept++] = items->item[i];
	items->n = kept;
}

static int blame(const struct parser *parser, const struct setting *setting)
{
	return stack_blame(parser->stack, setting->where, parser->section->name,
			   setting->key, parser->err);
}

/* A row that was written has lost its default. */
static int append_default(const struct parser *parser, size_t row,
			  unsigned flags, struct items *items)
{
	const struct cordon_option *option = &parser->module->options[row];
	struct setting setting = { .key = option->key, .raw = option->value };

	if (!option->value ||
	    append_setting(parser, row, &setting, flags, items) == 0)
		return 0;
	return blame(parser, &setting);
}

static uint32_t row_bit(size_t row)
{
	return (uint32_t)1 << (row < 31 ? row : 31);
}

static const struct cordon_option *find_row(const struct cordon_module *module,
					    const char *key, size_t *row)
{
	for (*row = 0; *row < module->n_options; (*row)++)
		if (!strcmp(module->options[*row].key, key))
			return &module->options[*row];
	return NULL;
}

/* All rows that share the list of this one, in the order of the stack. */
static int parse_list(const struct parser *parser, uint32_t offset,
		      unsigned flags, struct cordon_list *list)
{
	const struct cordon_module *module = parser->module;
	const struct section *section = parser->section;
	struct items items = { NULL, 0, 0 }, all = { NULL, 0, 0 };
	bool *is_given = arena_alloc(parser->arena, module->n_options + 1);
	size_t row;

	*list = (struct cordon_list){ NULL, 0, 0, 0 };
	for (size_t i = 0; i < section->n_settings; i++) {
		const struct setting *setting = &section->settings[i];
		const struct cordon_option *option =
			find_row(module, setting->key, &row);

		if (!option || !is_list(option) || option->offset != offset)
			continue;
		is_given[row] = true;
		list->given |= row_bit(row);
		if (!list->where)
			list->where = setting->where;
		if (!*setting->raw)
			drop_row(&items, row);
		else if (append_setting(parser, row, setting, flags, &items) <
			 0)
			return blame(parser, setting);
	}
	for (row = 0; row < module->n_options; row++)
		if (is_list(&module->options[row]) && !is_given[row] &&
		    module->options[row].offset == offset &&
		    append_default(parser, row, flags, &all) < 0)
			return -1;
	for (size_t i = 0; i < items.n; i++)
		append(parser->arena, &all, items.item[i].text,
		       items.item[i].row, items.item[i].where);
	list->item = all.item;
	list->count = all.n;
	return 0;
}

/* ---- all rows ---- */

static const char *const core[] = { "control", "when",		 "off",
				    "final",   "on-unsupported", "exit" };

bool option_is_core(const char *key)
{
	for (size_t i = 0; i < CORDON_COUNT(core); i++)
		if (!strcmp(core[i], key))
			return true;
	return false;
}

static int check_keys(const struct parser *parser)
{
	const struct cordon_module *module = parser->module;
	size_t n = module->n_options, row;
	const char **names = arena_alloc(
		parser->arena, (n + CORDON_COUNT(core)) * sizeof(*names));
	char shown[SHOWN], hint[96];

	for (size_t i = 0; i < n; i++)
		names[i] = module->options[i].key;
	memcpy(names + n, core, sizeof(core));
	for (size_t i = 0; i < parser->section->n_settings; i++) {
		const struct setting *setting = &parser->section->settings[i];

		if (find_row(module, setting->key, &row))
			continue;
		cordon_fail(parser->err, 0, "has no key '%s'%s",
			    SHOW(shown, setting->key),
			    param_hint(hint, setting->key, names,
				       n + CORDON_COUNT(core)));
		return stack_blame(parser->stack, setting->where,
				   parser->section->name, NULL, parser->err);
	}
	return 0;
}

/* The last one; two in one file are a mistake.  NULL in *out: none. */
static int find_setting(const struct parser *parser, const char *key,
			const struct setting **out)
{
	const struct place_in_file *places = parser->stack->places;

	*out = NULL;
	for (size_t i = 0; i < parser->section->n_settings; i++) {
		const struct setting *setting = &parser->section->settings[i];
		const struct setting *last = *out;

		if (strcmp(setting->key, key))
			continue;
		*out = setting;
		if (!last ||
		    places[last->where].file != places[setting->where].file)
			continue;
		cordon_fail(parser->err, 0, "is already in line %u",
			    places[last->where].line);
		return blame(parser, setting);
	}
	return 0;
}

/* What every struct of a scalar ends with, each at a place of its own. */
static void mark_given(const struct cordon_option *option, void *field,
		       uint32_t where)
{
	if (option->type == CORDON_DATA) {
		((struct cordon_data *)field)->given = 1;
		((struct cordon_data *)field)->where = where;
	} else if (option->type >= CORDON_TEXT) {
		((struct cordon_text *)field)->given = 1;
		((struct cordon_text *)field)->where = where;
	} else if (option->type >= CORDON_LIMIT_NUMBER) {
		((struct cordon_limit *)field)->given = 1;
		((struct cordon_limit *)field)->where = where;
	} else {
		((struct cordon_number *)field)->given = 1;
		((struct cordon_number *)field)->where = where;
	}
}

static int parse_scalar(const struct parser *parser,
			const struct cordon_option *option)
{
	const struct type_row *type = find_type(option->type);
	struct setting fallback = { .key = option->key, .raw = option->value };
	void *field = parser->self + option->offset;
	const struct setting *setting;

	if (find_setting(parser, option->key, &setting) < 0)
		return -1;
	if (!setting && !option->value)
		return 0;
	if (!setting)
		return type->parse(parser, type, option, &fallback, field) < 0
			       ? blame(parser, &fallback)
			       : 0;
	if (!*setting->raw) {
		cordon_fail(parser->err, 0, "has no value");
		return blame(parser, setting);
	}
	if (type->parse(parser, type, option, setting, field) < 0)
		return blame(parser, setting);
	mark_given(option, field, setting->where);
	return 0;
}

/* Of the kinds that are written as numbers. */
static int check_bounds(const struct type_row *type,
			const struct cordon_option *option,
			struct cordon_error *err)
{
	struct param_range range;

	return option->type >= CORDON_SIZE && option->type <= CORDON_MODE
		       ? find_range(type, option, &range, err)
		       : 0;
}

/* Before all else, whatever the section has: below, every row is sound. */
static int check_rows(const struct parser *parser)
{
	const struct cordon_module *module = parser->module;

	for (size_t i = 0; i < module->n_options; i++) {
		const struct type_row *type =
			find_type(module->options[i].type);

		if (type != &unknown &&
		    check_bounds(type, &module->options[i], parser->err) == 0)
			continue;
		if (type == &unknown)
			cordon_fail(parser->err, 0,
				    "the module's type %u is not known here",
				    (unsigned)module->options[i].type);
		return stack_blame(parser->stack, parser->section->where,
				   parser->section->name,
				   module->options[i].key, parser->err);
	}
	return 0;
}

static int parse_row(const struct parser *parser, size_t row)
{
	const struct cordon_option *option = &parser->module->options[row];

	if (!is_list(option))
		return parse_scalar(parser, option);
	for (size_t i = 0; i < row; i++)
		if (is_list(&parser->module->options[i]) &&
		    parser->module->options[i].offset == option->offset)
			return 0; /* with that one */
	return parse_list(
		parser, option->offset, 0,
		(struct cordon_list *)(void *)(parser->self + option->offset));
}

int option_parse(struct arena *arena, const struct stack *stack,
		 const struct section *section,
		 const struct cordon_module *module, void **self,
		 struct cordon_error *err)
{
	struct parser parser = {
		arena, stack, section, module, arena_alloc(arena, module->size),
		err
	};

	if (check_rows(&parser) < 0 || check_keys(&parser) < 0)
		return -1;
	for (size_t i = 0; i < module->n_options; i++)
		if (parse_row(&parser, i) < 0)
			return -1;
	*self = parser.self;
	return 0;
}

/* ---- the canonical form ---- */

/* Without a caller, ${} of one is part of the policy, and not its stand-in. */
static const char *symbolic(const struct parser *parser, const char *raw)
{
	struct expanded words;

	if (!parser->stack->is_symbolic ||
	    expand_words(parser->arena, parser->stack, raw, strlen(raw),
			 EXPAND_SYMBOLIC, &words, parser->err) < 0 ||
	    !strstr(words.word[0], "${"))
		return NULL;
	return words.word[0];
}

/* What it holds, not only what it is called. */
static const char *canonical_data(const struct parser *parser,
				  const struct cordon_option *option,
				  const char *raw)
{
	const void *field = parser->self + option->offset;
	const char *text = expand(parser, raw, strlen(raw));

	return text ? data_canonical(parser->arena, text, field) : "";
}

static const char *canonical_scalar(const struct parser *parser,
				    const struct cordon_option *option)
{
	const struct type_row *type = find_type(option->type);
	const struct setting *setting;
	const char *raw, *text;

	if (find_setting(parser, option->key, &setting) < 0)
		return NULL;
	raw = setting ? setting->raw : option->value;
	if (!raw)
		return arena_printf(parser->arena, "%s\n", option->key);
	text = symbolic(parser, raw);
	if (!text && (type->type == CORDON_USER || type->type == CORDON_GROUP))
		text = expand(parser, raw,
			      strlen(raw)); /* names differ by host */
	if (!text && type->type == CORDON_DATA)
		text = canonical_data(parser, option, raw);
	if (!text)
		text = type->print(parser->arena, type, option,
				   parser->self + option->offset);
	return arena_printf(parser->arena, "%s = %s\n", option->key, text);
}

static const char *canonical_list(const struct parser *parser, size_t row)
{
	const struct cordon_option *option = &parser->module->options[row];
	unsigned flags = parser->stack->is_symbolic ? EXPAND_SYMBOLIC : 0;
	struct cordon_list list;
	const char **lines;
	size_t n = 0;

	if (parse_list(parser, option->offset, flags, &list) < 0)
		return NULL;
	lines = arena_alloc(parser->arena, (list.count + 1) * sizeof(*lines));
	for (size_t i = 0; i < list.count; i++)
		if (list.item[i].row == row)
			lines[n++] = arena_printf(parser->arena, "%s = %s\n",
						  option->key,
						  list.item[i].text);
	if (n > 0)
		return arena_join(parser->arena, lines, n);
	return arena_printf(parser->arena, "%s%s\n", option->key,
			    list.given & row_bit(row) ? " =" : "");
}

const char *option_canonical(struct arena *arena, const struct stack *stack,
			     const struct section *section,
			     const struct cordon_module *module,
			     struct cordon_error *err)
{
	struct parser parser = { arena, stack, section, module, NULL, err };
	const char **rows = arena_alloc(arena, (module->n_options + 1) *
						       sizeof(*rows));
	void *self;

	if (option_parse(arena, stack, section, module, &self, err) < 0)
		return NULL;
	parser.self = self;
	for (size_t i = 0; i < module->n_options; i++) {
		rows[i] = is_list(&module->options[i])
				  ? canonical_list(&parser, i)
				  : canonical_scalar(&parser,
						     &module->options[i]);
		if (!rows[i])
			return NULL;
	}
	return arena_join(arena, rows, module->n_options);
}
