// What the start of the interpreter needs of the module faulthandler (-X faulthandler).
#pragma once

// faulthandler.enable(), with the module imported already. False: exception pending.
bool faulthandler_start(void);
