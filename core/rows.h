/* SPDX-License-Identifier: MIT */
/*
 * rows - what the step table's rows do: act_ inside, check_ reads back
 *
 * Raw system calls alone: 0, or a negative errno with act->what naming the call.
 */
#ifndef CORDON_ROWS_H
#define CORDON_ROWS_H 1
#include <stdint.h>

struct act;
struct step;

#define ROW(name) int name(struct act *act, const struct step *step)

/* core/rows_id.c */
ROW(act_namespaces);
ROW(act_user_namespace);
ROW(act_setgroups);
ROW(check_setgroups);
ROW(act_setgid);
ROW(check_setgid);
ROW(act_bounding);
ROW(check_bounding);
ROW(act_setuid);
ROW(check_setuid);
ROW(act_caps);
ROW(check_caps);
ROW(act_ambient);
ROW(check_ambient);

int act_permitted(struct act *act, uint64_t *mask); /* the process's now */

int act_nofile(struct act *act); /* as the job is to have it */

/* core/rows_process.c */
ROW(act_cloexec);
ROW(act_parent_death);
ROW(check_parent_death);
ROW(act_oom_score);
ROW(act_loopback);
ROW(act_hostname);
ROW(check_hostname);
ROW(act_session);
ROW(check_session);
ROW(act_group);
ROW(check_group);
ROW(act_nice);
ROW(check_nice);
ROW(act_io_priority);
ROW(check_io_priority);
ROW(act_cpus);
ROW(check_cpus);
ROW(act_call);
ROW(check_call);
ROW(act_rlimit);
ROW(check_rlimit);
ROW(act_keyring);
ROW(act_cwd);
ROW(check_cwd);
ROW(act_umask);
ROW(check_umask);
ROW(act_wx);
ROW(check_wx);
ROW(act_no_new_privs);
ROW(check_no_new_privs);

/* core/pin.c */
ROW(act_pin);

/* core/rows_exec.c */
ROW(act_program);
ROW(act_stdio);
ROW(act_fds);
ROW(act_read_back);
ROW(act_state);
ROW(act_signals);
ROW(act_ready);
ROW(act_exec);

/* core/relay_act.c */
ROW(act_relay);

/* core/filter_act.c */
ROW(act_filter);

/* core/learn_act.c */
ROW(act_learn);

/* core/act.c, as it decides who goes on */
ROW(act_init);

#undef ROW

#endif /* CORDON_ROWS_H */
