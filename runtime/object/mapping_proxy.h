// mappingproxy: a read-only view of a mapping.
#pragma once

#include "runtime/object/class.h"

Value mapping_proxy_new(Value mapping);
