/* SPDX-License-Identifier: MIT */
/*
 * sys - system calls without a C library between
 *
 * After clone(2) a lock that somebody held never opens, and glibc's wrappers
 * for ids signal all threads; so what runs inside calls the kernel itself.  The
 * answer is the kernel's: a negative errno, no variable.
 */
#ifndef CORDON_SYS_H
#define CORDON_SYS_H 1
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* AddressSanitizer wants each piece of memory, and each stack, for itself. */
#if defined(__SANITIZE_ADDRESS__)
#define SYS_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYS_IS_SANITIZED 1
#endif
#endif
#ifndef SYS_IS_SANITIZED
#define SYS_IS_SANITIZED 0
#endif

#if defined(__clang_analyzer__) || defined(__cppcheck__)
/* These do not see that assembly writes to memory: to them it is a call. */
long sys_call6(long n, long a, long b, long c, long d, long e, long f);
#elif defined(__x86_64__)
static inline long sys_call6(long n, long a, long b, long c, long d, long e,
			     long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long rc;

	__asm__ volatile("syscall"
			 : "=a"(rc)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return rc;
}
#elif defined(__aarch64__)
static inline long sys_call6(long n, long a, long b, long c, long d, long e,
			     long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "core/sys.h needs the system call convention of this processor"
#endif

struct clone_args;

/*
 * clone3(2) into ENTER(ARG), which does not return: on the stack that ARGS names,
 * or on a copy of ours.  The caller gets the child's pid or a negative errno.
 */
#if defined(__clang_analyzer__) || defined(__cppcheck__)
long sys_clone(const struct clone_args *args, size_t size, void (*enter)(void *),
	       void *arg);
#elif defined(__x86_64__)
static inline long sys_clone(const struct clone_args *args, size_t size,
			     void (*enter)(void *), void *arg)
{
	register void (*to)(void *) __asm__("r12") = enter;
	register void *with __asm__("r13") = arg;
	long rc;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "sub $128, %%rsp\n\t" /* the red zone */
			 "and $-16, %%rsp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(rc)
			 : "a"((long)SYS_clone3), "D"(args), "S"(size),
			   "r"(to), "r"(with)
			 : "rcx", "r11", "memory", "cc");
	return rc;
}
#elif defined(__aarch64__)
static inline long sys_clone(const struct clone_args *args, size_t size,
			     void (*enter)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register void (*to)(void *) __asm__("x19") = enter;
	register void *with __asm__("x20") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(to), "r"(with)
			 : "memory", "cc");
	return x0;
}
#endif

/* Missing arguments are 0; pointers and numbers alike. */
#define SYS_PICK(n, a, b, c, d, e, f, ...)                                     \
	sys_call6((long)(n), (long)(a), (long)(b), (long)(c), (long)(d),       \
		  (long)(e), (long)(f))
#define sys(...) SYS_PICK(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* As getdents64(2) writes it. */
struct sys_entry {
	uint64_t ino;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* Closes FIRST to LAST.  Before Linux 5.9 one by one, as far as numbers go in
 * practice. */
static inline long sys_close_all(unsigned first, unsigned last)
{
	long rc = sys(SYS_close_range, first, last, 0);

	if (rc != -38 /* ENOSYS */)
		return rc;
	for (unsigned fd = first; fd <= last && fd < 65536; fd++)
		sys(SYS_close, fd);
	return 0;
}

#endif /* CORDON_SYS_H */
