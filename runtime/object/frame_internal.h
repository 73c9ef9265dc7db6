// What the two halves of frames share.
#pragma once

#include "runtime/object/frame.h"

// The first line with code at or after `line`; 0: none.
int frame_next_line(const Code *code, int line);
// Makes `line`, which has code, the next one that the frame executes. False: ValueError, nothing has changed.
bool frame_jump(Frame *frame, int line);

// Updates object->locals from the registers that it saved when its frame ended. False: exception.
bool frame_snapshot_saved(FrameObject *object);
