// One client's connection, from the first byte to the goodbye.
#pragma once

#include "harness/base/socket.h"
#include "reference/front.h"
#include "reference/leg.h"

namespace mtls::reference {

// What connections share.
struct Service {
  const Flaws& flaws;
  const Front& front;
  const Leg& leg;
};

// One request, one answer, one line in the log, or one that says why it came to none.
void serve(Fd client, const Listener& listener, const Service& service);

}  // namespace mtls::reference
