// What the two halves of frames share.
#pragma once

#include "runtime/object/frame.h"

// Updates object->locals from the registers that it saved when its frame ended. False: exception.
bool frame_snapshot_saved(FrameObject *object);
