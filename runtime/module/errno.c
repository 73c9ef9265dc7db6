// The errno module: numbers of errors by name, and their names by number.
#include "runtime/module/system.h"
#include "runtime/object/dict.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

static const IntConstant numbers[] = {
#define E(name) {#name, name},
    E(ENODEV) E(ENOCSI) E(EHOSTUNREACH) E(ENOMSG) E(EUCLEAN) E(EL2NSYNC) E(EL2HLT) E(ENODATA) E(ENOTBLK) E(ENOSYS) E(
        EPIPE) E(EINVAL) E(EOVERFLOW) E(EADV) E(EINTR) E(EUSERS) E(ENOTEMPTY) E(ENOBUFS) E(EPROTO) E(EREMOTE) E(ENAVAIL)
        E(ECHILD) E(ELOOP) E(EXDEV) E(E2BIG) E(ESRCH) E(EMSGSIZE) E(EAFNOSUPPORT) E(EBADR) E(EHOSTDOWN) E(EPFNOSUPPORT)
            E(ENOPROTOOPT) E(EBUSY) E(EWOULDBLOCK) E(EBADFD) E(EDOTDOT) E(EISCONN) E(ENOTCONN) E(ESHUTDOWN) E(ENONET)
                E(EBADE) E(EBADF) E(EMULTIHOP) E(EIO) E(EUNATCH) E(EPROTOTYPE) E(ENOSPC) E(ENOEXEC) E(EALREADY)
                    E(ENETDOWN) E(ENOTNAM) E(EACCES) E(ELNRNG) E(EILSEQ) E(ENOTDIR) E(ENOTUNIQ) E(EPERM) E(EDOM)
                        E(EXFULL) E(ECONNREFUSED) E(EISDIR) E(EPROTONOSUPPORT) E(EROFS) E(EADDRNOTAVAIL) E(EIDRM)
                            E(ECOMM) E(ESRMNT) E(EREMOTEIO) E(EL3RST) E(EBADMSG) E(ENFILE) E(ELIBMAX) E(ESPIPE)
                                E(ENOLINK) E(ENETRESET) E(ETIMEDOUT) E(ENOENT) E(EEXIST) E(EDQUOT) E(ENOSTR) E(EBADSLT)
                                    E(EBADRQC) E(ELIBACC) E(EFAULT) E(EFBIG) E(EDEADLK) E(EDESTADDRREQ) E(ELIBSCN)
                                        E(ENOLCK) E(EISNAM) E(ECONNABORTED) E(ENETUNREACH) E(ESTALE) E(ENOSR) E(ENOMEM)
                                            E(ENOTSOCK) E(ESTRPIPE) E(EMLINK) E(ERANGE) E(ELIBEXEC) E(EL3HLT)
                                                E(ECONNRESET) E(EADDRINUSE) E(EOPNOTSUPP) E(EREMCHG) E(ENOTSUP)
                                                    E(ENOANO) E(EAGAIN) E(ENAMETOOLONG) E(ENOTTY) E(ERESTART)
                                                        E(ESOCKTNOSUPPORT) E(ETIME) E(EBFONT) E(EDEADLOCK)
                                                            E(ETOOMANYREFS) E(EMFILE) E(ETXTBSY) E(EINPROGRESS) E(ENXIO)
                                                                E(ENOPKG) E(ECANCELED) E(EKEYEXPIRED) E(EKEYREJECTED)
                                                                    E(EKEYREVOKED) E(EMEDIUMTYPE) E(ENOKEY) E(ENOMEDIUM)
                                                                        E(ENOTRECOVERABLE) E(EOWNERDEAD) E(ERFKILL)
                                                                            E(ECHRNG) E(ELIBBAD)
#undef E
                                                                                {}};

static bool errno_initialize(Value module) {
  Value names = dict_new();
  if (!names || !module_add(module, "errorcode", names)) return false;
  for (const IntConstant *entry = numbers; entry->name; entry++) {
    Value name = str_intern_c(entry->name), number = value_from_small_int(entry->number);
    if (!name || !dict_set(names, number, name) || !module_add(module, entry->name, number)) return false;
  }
  return true;
}

const NativeModule errno_module = {"errno", "Names of the operating system's error numbers.", NULL, errno_initialize};
