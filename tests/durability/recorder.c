/* Preloaded into a process: records every write, sync and truncate of the files below
 * RECORD_BELOW, in the order they happened, into the file RECORD_INTO.
 *
 * A record is one byte (O open, W write, S sync, T truncate, U unlink), the number of
 * the file, an offset or new length, the length of what follows, and that: the name
 * or the bytes written. Numbers are 64 bits in the machine's order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static uint64_t file_of[FILES]; /* by descriptor; 0: not ours */
static uint64_t files;
static int into = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static int ours(const char *path) {
    const char *below = getenv("RECORD_BELOW");
    size_t length = path ? strlen(path) : 0;
    if (!below || strncmp(path ? path : "", below, strlen(below)) != 0) return 0;
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static void put(const void *data, size_t length) {
    const char *rest = data;
    while (length > 0) {
        ssize_t done = syscall(SYS_write, into, rest, length);
        if (done <= 0) abort();
        rest += done, length -= (size_t)done;
    }
}

static void record(char what, uint64_t file, uint64_t at, const void *data,
                   uint64_t length) {
    uint64_t numbers[3] = {file, at, length};
    if (into < 0) {
        into = (int)syscall(SYS_openat, AT_FDCWD, getenv("RECORD_INTO"),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (into < 0) abort();
    }
    put(&what, 1);
    put(numbers, sizeof numbers);
    if (length) put(data, length);
}

static uint64_t known(int fd) { return fd >= 0 && fd < FILES ? file_of[fd] : 0; }

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= FILES) return fd;
    pthread_mutex_lock(&order);
    file_of[fd] = 0;
    if (ours(path)) {
        file_of[fd] = ++files;
        record('O', files, 0, path, strlen(path));
    }
    pthread_mutex_unlock(&order);
    return fd;
}

#define OPEN(name, call)                                                        \
    int name(const char *path, int flags, ...) {                                \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        int mode = va_arg(more, int);                                           \
        va_end(more);                                                           \
        return opened((int)call, path);                                         \
    }
OPEN(open, syscall(SYS_openat, AT_FDCWD, path, flags, mode))
OPEN(open64, syscall(SYS_openat, AT_FDCWD, path, flags, mode))

#define WRITE(name, parameters, call, at)                                       \
    ssize_t name parameters {                                                   \
        uint64_t file = known(fd);                                              \
        if (!file) return call;                                                 \
        pthread_mutex_lock(&order);                                             \
        ssize_t done = call;                                                    \
        if (done > 0) record('W', file, (uint64_t)(at), data, (uint64_t)done);  \
        pthread_mutex_unlock(&order);                                           \
        return done;                                                            \
    }
WRITE(write, (int fd, const void *data, size_t length),
      syscall(SYS_write, fd, data, length), lseek(fd, 0, SEEK_CUR) - done)
WRITE(pwrite, (int fd, const void *data, size_t length, off_t at),
      syscall(SYS_pwrite64, fd, data, length, at), at)
WRITE(pwrite64, (int fd, const void *data, size_t length, off64_t at),
      syscall(SYS_pwrite64, fd, data, length, at), at)

#define CHANGE(name, parameters, call, fd, what, at)                            \
    int name parameters {                                                       \
        uint64_t file = known(fd);                                              \
        if (!file) return (int)call;                                            \
        pthread_mutex_lock(&order);                                             \
        int result = (int)call;                                                 \
        if (result == 0) record(what, file, (uint64_t)(at), NULL, 0);           \
        pthread_mutex_unlock(&order);                                           \
        return result;                                                          \
    }
CHANGE(fsync, (int fd), syscall(SYS_fsync, fd), fd, 'S', 0)
CHANGE(fdatasync, (int fd), syscall(SYS_fdatasync, fd), fd, 'S', 0)
CHANGE(ftruncate, (int fd, off_t size), syscall(SYS_ftruncate, fd, size), fd, 'T', size)
CHANGE(ftruncate64, (int fd, off64_t size), syscall(SYS_ftruncate, fd, size), fd, 'T',
       size)

int unlink(const char *path) {
    if (!ours(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&order);
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result == 0) record('U', 0, 0, path, strlen(path));
    pthread_mutex_unlock(&order);
    return result;
}

int close(int fd) {
    if (fd >= 0 && fd < FILES) file_of[fd] = 0;
    return (int)syscall(SYS_close, fd);
}
