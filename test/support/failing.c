/* Preloaded before Node: makes the n-th memory allocation, or the n-th thread, fail when told. Decides which count:
 * what the addon or llama.cpp asks for, operator new and the like aside.
 *
 * Told and asked through the file named by ESPALIER_FAILING, eight 64-bit words that are mapped here:
 *   0 allocation to fail, counted from when it is set (0: none)    1 least size that counts    2 counted so far
 *     (for threads: 0 counts llama.cpp's, too)
 *   3 thread to fail (0: none)    4 threads so far    5 failures so far    6 not 0: all later ones fail, too
 *   7 how often something was set: a new number has the list of modules made again
 * Linux only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

enum { fail_at, size_min, counted, fail_thread_at, threads, failures, goes_on, times_set, word_count };
static volatile int64_t *words;

/* Of modules: where they lie, and whether they only pass a call on (0), are llama.cpp's (1) or ours (2). */
struct module {
  uintptr_t from, until;
  int counts;
};
static struct module modules[64];
static int module_count;
static __thread int is_inside;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static int judged(const char *name) {
  static const char *const engine[] = {"libllama", "libggml"};
  static const char *const passing[] = {"libstdc++", "libc.so", "libgcc_s", "failing"};
  const char *file = strrchr(name, '/');
  file = file == NULL ? name : file + 1;
  if (strcmp(file, "espalier.node") == 0) return 2;
  for (size_t i = 0; i < sizeof engine / sizeof *engine; i++)
    if (strncmp(file, engine[i], strlen(engine[i])) == 0) return 1;
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
    if (strncmp(file, passing[i], strlen(passing[i])) == 0) return 0;
  return -1;
}

static int add_module(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size, (void)data;
  const int counts = judged(info->dlpi_name);
  if (counts < 0 || module_count == 64) return 0;
  struct module *made = &modules[module_count++];
  *made = (struct module){UINTPTR_MAX, 0, counts};
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    const uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    if (from < made->from) made->from = from;
    if (from + info->dlpi_phdr[i].p_memsz > made->until) made->until = from + info->dlpi_phdr[i].p_memsz;
  }
  return 0;
}

struct walk {
  int depth, counts;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct walk *walk = data;
  const uintptr_t at = _Unwind_GetIP(context);
  if (walk->depth++ > 12) return _URC_END_OF_STACK;
  for (int i = 0; i < module_count; i++) {
    if (at < modules[i].from || at >= modules[i].until) continue;
    if (modules[i].counts == 0) return _URC_NO_REASON;
    walk->counts = modules[i].counts;
    return _URC_END_OF_STACK;
  }
  return _URC_END_OF_STACK;
}

static void list_modules(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static int64_t listed_at;
  pthread_mutex_lock(&mutex);
  if (listed_at != words[times_set]) {
    module_count = 0;
    dl_iterate_phdr(add_module, NULL);
    listed_at = words[times_set];
  }
  pthread_mutex_unlock(&mutex);
}

/* Whose call it is: 2 the addon's, 1 llama.cpp's, 0 another's. */
static int caller(void) {
  if (is_inside) return 0;
  is_inside = 1;
  list_modules();
  struct walk walk = {0, 0};
  _Unwind_Backtrace(visit, &walk);
  is_inside = 0;
  return walk.counts;
}

static int must_fail(size_t size) {
  if (words == NULL || words[fail_at] == 0 || (int64_t)size < words[size_min] || caller() == 0) return 0;
  const int64_t number = __sync_add_and_fetch(&words[counted], 1);
  if (number != words[fail_at] && !(words[goes_on] && number > words[fail_at])) return 0;
  __sync_add_and_fetch(&words[failures], 1);
  return 1;
}

void *malloc(size_t size) {
  if (!must_fail(size)) return __libc_malloc(size);
  errno = ENOMEM;
  return NULL;
}

void *calloc(size_t count, size_t size) {
  if (!must_fail(count * size)) return __libc_calloc(count, size);
  errno = ENOMEM;
  return NULL;
}

void *realloc(void *old, size_t size) {
  if (size == 0 || !must_fail(size)) return __libc_realloc(old, size);
  errno = ENOMEM;
  return NULL;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *made = must_fail(size) ? NULL : __libc_memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *result = made;
  return 0;
}

void *aligned_alloc(size_t alignment, size_t size) {
  if (!must_fail(size)) return __libc_memalign(alignment, size);
  errno = ENOMEM;
  return NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  if (words != NULL && words[fail_thread_at] != 0 && caller() > (words[size_min] == 0 ? 0 : 1)) {
    const int64_t number = __sync_add_and_fetch(&words[threads], 1);
    if (number == words[fail_thread_at] || (words[goes_on] && number > words[fail_thread_at])) {
      __sync_add_and_fetch(&words[failures], 1);
      return EAGAIN;
    }
  }
  return real(thread, attributes, start, argument);
}

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("ESPALIER_FAILING");
  if (file == NULL) return;
  const int opened = open(file, O_RDWR);
  if (opened < 0) return;
  void *mapped = mmap(NULL, word_count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  close(opened);
  if (mapped == MAP_FAILED) return;
  /* The first walk loads what later ones need. */
  struct walk walk = {0, 0};
  _Unwind_Backtrace(visit, &walk);
  words = mapped;
}
