// The termios module: control of terminals.
#include "runtime/module/posix.h"
#include "runtime/object/dict.h"

#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

static Class *error_class;

static Value raise_termios_error(void) {
  Value arguments[2] = {value_from_small_int(errno), path_decode_c(strerror(errno))};
  Value exception = value_call(value_from_cell(error_class), arguments, 2, NULL);
  return exception ? raise_object(exception) : NULL;
}
static Value finish(int result) {
  if (exception_pending()) return NULL;
  return result < 0 ? raise_termios_error() : VALUE_NONE;
}

static Value termios_tcgetattr(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  struct termios mode;
  if (descriptor < 0) return NULL;
  BLOCKING(result = tcgetattr(descriptor, &mode));
  if (result < 0) return raise_termios_error();
  // In non-canonical mode two of the characters are really numbers.
  bool numbers = !(mode.c_lflag & ICANON);
  Value characters = list_new(NULL, 0);
  for (int i = 0; characters && i < NCCS; i++) {
    bool number = numbers && (i == VMIN || i == VTIME);
    Value item = number ? value_from_small_int(mode.c_cc[i]) : bytes_new(&mode.c_cc[i], 1);
    if (!item || !list_append(characters, item)) return NULL;
  }
  Value items[7] = {value_from_small_int(mode.c_iflag),
                    value_from_small_int(mode.c_oflag),
                    value_from_small_int(mode.c_cflag),
                    value_from_small_int(mode.c_lflag),
                    value_from_small_int(cfgetispeed(&mode)),
                    value_from_small_int(cfgetospeed(&mode)),
                    characters};
  return characters ? list_new(items, 7) : NULL;
}

static Value termios_tcsetattr(Value fd, Value when_value, Value attributes) {
  int descriptor = descriptor_from_value(fd), when, result;
  struct termios mode;
  if (descriptor < 0 || !value_as_int(when_value, &when)) return NULL;
  if (!value_is_list(attributes) || list_count(attributes) != 7)
    return raise_type_error("tcsetattr, arg 3: must be 7 element list");
  BLOCKING(result = tcgetattr(descriptor, &mode));
  if (result < 0) return raise_termios_error();
  int64_t numbers[6];
  for (size_t i = 0; i < 6; i++) {
    Value item = list_item(attributes, i);
    if (!item || !value_as_int64(item, &numbers[i])) return NULL;
  }
  Value characters = list_item(attributes, 6);
  if (!characters || !value_is_list(characters) || list_count(characters) != NCCS)
    return raise_type_error("tcsetattr: attributes[6] must be %d element list", NCCS);
  for (size_t i = 0; i < NCCS; i++) {
    Value item = list_item(characters, i);
    int number;
    if (item && value_is_bytes(item) && value_as_bytes(item)->length == 1) {
      mode.c_cc[i] = value_as_bytes(item)->data[0];
    } else if (item && value_is_int(item)) {
      if (!value_as_int(item, &number)) return NULL;
      mode.c_cc[i] = (cc_t)number;
    } else {
      return raise_type_error("tcsetattr: elements of attributes must be characters or integers");
    }
  }
  mode.c_iflag = (tcflag_t)numbers[0];
  mode.c_oflag = (tcflag_t)numbers[1];
  mode.c_cflag = (tcflag_t)numbers[2];
  mode.c_lflag = (tcflag_t)numbers[3];
  if (cfsetispeed(&mode, (speed_t)numbers[4]) < 0 || cfsetospeed(&mode, (speed_t)numbers[5]) < 0)
    return raise_termios_error();
  BLOCKING(result = tcsetattr(descriptor, when, &mode));
  return finish(result);
}

static Value termios_tcsendbreak(Value fd, Value duration_value) {
  int descriptor = descriptor_from_value(fd), duration, result;
  if (descriptor < 0 || !value_as_int(duration_value, &duration)) return NULL;
  BLOCKING(result = tcsendbreak(descriptor, duration));
  return finish(result);
}
static Value termios_tcdrain(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  if (descriptor < 0) return NULL;
  BLOCKING(result = tcdrain(descriptor));
  return finish(result);
}
static Value termios_tcflush(Value fd, Value queue_value) {
  int descriptor = descriptor_from_value(fd), queue, result;
  if (descriptor < 0 || !value_as_int(queue_value, &queue)) return NULL;
  BLOCKING(result = tcflush(descriptor, queue));
  return finish(result);
}
static Value termios_tcflow(Value fd, Value action_value) {
  int descriptor = descriptor_from_value(fd), action, result;
  if (descriptor < 0 || !value_as_int(action_value, &action)) return NULL;
  BLOCKING(result = tcflow(descriptor, action));
  return finish(result);
}
static Value termios_tcgetwinsize(Value fd) {
  int descriptor = descriptor_from_value(fd);
  struct winsize size;
  if (descriptor < 0) return NULL;
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return raise_termios_error();
  return tuple_of(2, value_from_small_int(size.ws_row), value_from_small_int(size.ws_col));
}
static Value termios_tcsetwinsize(Value fd, Value window) {
  int descriptor = descriptor_from_value(fd), rows, columns;
  struct winsize size;
  if (descriptor < 0) return NULL;
  if (!value_special(window, SPECIAL_GETITEM) || value_length(window) != 2) {
    if (exception_pending()) return NULL;
    return raise_type_error("tcsetwinsize, arg 2: must be a two-item sequence");
  }
  Value items[2] = {value_get_index(window, 0), value_get_index(window, 1)};
  if (!items[0] || !items[1] || !value_as_int(items[0], &rows) || !value_as_int(items[1], &columns)) return NULL;
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return raise_termios_error();
  size.ws_row = (unsigned short)rows;
  size.ws_col = (unsigned short)columns;
  if (size.ws_row != rows || size.ws_col != columns)
    return raise(CLASS_OVERFLOW_ERROR, "winsize value(s) out of range");
  return finish(ioctl(descriptor, TIOCSWINSZ, &size));
}

static const NativeMethod termios_functions[] = {
    NATIVE("tcgetattr", termios_tcgetattr, "(fd, /)", "Attributes of a terminal."),
    NATIVE("tcsetattr", termios_tcsetattr, "(fd, when, attributes, /)", "Set the attributes of a terminal."),
    NATIVE("tcsendbreak", termios_tcsendbreak, "(fd, duration, /)", "Send a break."),
    NATIVE("tcdrain", termios_tcdrain, "(fd, /)", "Wait until all output is sent."),
    NATIVE("tcflush", termios_tcflush, "(fd, queue, /)", "Discard queued data."),
    NATIVE("tcflow", termios_tcflow, "(fd, action, /)", "Suspend or resume input or output."),
    NATIVE("tcgetwinsize", termios_tcgetwinsize, "(fd, /)", "Size of a terminal: (rows, columns)."),
    NATIVE("tcsetwinsize", termios_tcsetwinsize, "(fd, winsize, /)", "Set the size of a terminal."),
    {}};

// clang-format off
static const IntConstant numbers[] = {
#define C(name) {#name, (int64_t)name},
    C(B0) C(B50) C(B75) C(B110) C(B134) C(B150) C(B200) C(B300) C(B600) C(B1200) C(B1800) C(B2400) C(B4800) C(B9600)
    C(B19200) C(B38400) C(B57600) C(B115200) C(B230400) C(B460800) C(B500000) C(B576000) C(B921600) C(B1000000)
    C(B1152000) C(B1500000) C(B2000000) C(B2500000) C(B3000000) C(B3500000) C(B4000000) C(CBAUDEX) C(TCSANOW)
    C(TCSADRAIN) C(TCSAFLUSH) C(TCIFLUSH) C(TCOFLUSH) C(TCIOFLUSH) C(TCOOFF) C(TCOON) C(TCIOFF) C(TCION) C(IGNBRK)
    C(BRKINT) C(IGNPAR) C(PARMRK) C(INPCK) C(ISTRIP) C(INLCR) C(IGNCR) C(ICRNL) C(IUCLC) C(IXON) C(IXANY) C(IXOFF)
    C(IMAXBEL) C(OPOST) C(OLCUC) C(ONLCR) C(OCRNL) C(ONOCR) C(ONLRET) C(OFILL) C(OFDEL) C(NLDLY) C(CRDLY) C(TABDLY)
    C(BSDLY) C(VTDLY) C(FFDLY) C(NL0) C(NL1) C(CR0) C(CR1) C(CR2) C(CR3) C(TAB0) C(TAB1) C(TAB2) C(TAB3) C(XTABS)
    C(BS0) C(BS1) C(VT0) C(VT1) C(FF0) C(FF1) C(CSIZE) C(CSTOPB) C(CREAD) C(PARENB) C(PARODD) C(HUPCL) C(CLOCAL)
    C(CIBAUD) C(CRTSCTS) C(CS5) C(CS6) C(CS7) C(CS8) C(ISIG) C(ICANON) C(XCASE) C(ECHO) C(ECHOE) C(ECHOK) C(ECHONL)
    C(ECHOCTL) C(ECHOPRT) C(ECHOKE) C(FLUSHO) C(NOFLSH) C(TOSTOP) C(PENDIN) C(IEXTEN) C(VINTR) C(VQUIT) C(VERASE)
    C(VKILL) C(VEOF) C(VTIME) C(VMIN) C(VSWTC) C(VSTART) C(VSTOP) C(VSUSP) C(VEOL) C(VREPRINT) C(VDISCARD) C(VWERASE)
    C(VLNEXT) C(VEOL2) C(CBAUD) C(CDSUSP) C(CEOF) C(CEOL) C(CEOT) C(CERASE) C(CFLUSH) C(CINTR) C(CKILL) C(CLNEXT)
    C(CQUIT) C(CRPRNT) C(CSTART) C(CSTOP) C(CSUSP) C(CWERASE) C(EXTA) C(EXTB) C(FIOASYNC) C(FIOCLEX) C(FIONBIO)
    C(FIONCLEX) C(FIONREAD) C(IOCSIZE_MASK) C(IOCSIZE_SHIFT) C(NCC) C(NCCS) C(N_MOUSE) C(N_PPP) C(N_SLIP) C(N_STRIP)
    C(N_TTY) C(TCFLSH) C(TCGETA) C(TCGETS) C(TCSBRK) C(TCSBRKP) C(TCSETA) C(TCSETAF) C(TCSETAW) C(TCSETS) C(TCSETSF)
    C(TCSETSW) C(TCXONC) C(TIOCCONS) C(TIOCEXCL) C(TIOCGETD) C(TIOCGICOUNT) C(TIOCGLCKTRMIOS) C(TIOCGPGRP)
    C(TIOCGSERIAL) C(TIOCGSOFTCAR) C(TIOCGWINSZ) C(TIOCINQ) C(TIOCLINUX) C(TIOCMBIC) C(TIOCMBIS) C(TIOCMGET)
    C(TIOCMIWAIT) C(TIOCMSET) C(TIOCM_CAR) C(TIOCM_CD) C(TIOCM_CTS) C(TIOCM_DSR) C(TIOCM_DTR) C(TIOCM_LE) C(TIOCM_RI)
    C(TIOCM_RNG) C(TIOCM_RTS) C(TIOCM_SR) C(TIOCM_ST) C(TIOCNOTTY) C(TIOCNXCL) C(TIOCOUTQ) C(TIOCPKT) C(TIOCPKT_DATA)
    C(TIOCPKT_DOSTOP) C(TIOCPKT_FLUSHREAD) C(TIOCPKT_FLUSHWRITE) C(TIOCPKT_NOSTOP) C(TIOCPKT_START) C(TIOCPKT_STOP)
    C(TIOCSCTTY) C(TIOCSERCONFIG) C(TIOCSERGETLSR) C(TIOCSERGETMULTI) C(TIOCSERGSTRUCT) C(TIOCSERGWILD)
    C(TIOCSERSETMULTI) C(TIOCSERSWILD) C(TIOCSER_TEMT) C(TIOCSETD) C(TIOCSLCKTRMIOS) C(TIOCSPGRP) C(TIOCSSERIAL)
    C(TIOCSSOFTCAR) C(TIOCSTI) C(TIOCSWINSZ)
#undef C
    {"VSWTCH", 7},
    {}};
// clang-format on

static bool termios_initialize(Value module) {
  heap_add_root_range((Value *)(void *)&error_class, 1);
  Value bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION))), names = dict_new(), name = str_intern_c("error");
  if (!bases || !names || !name || !dict_set_c(names, "__module__", str_from_c("termios"))) return false;
  Value class = class_create(BUILTIN(TYPE), name, bases, names, NULL, NULL);
  if (!class) return false;
  error_class = value_as_class(class);
  return module_add(module, "error", class) && module_add_constants(module, numbers);
}

const NativeModule termios_module = {"termios", "Control of terminals.", termios_functions, termios_initialize};
