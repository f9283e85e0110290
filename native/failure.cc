// Which outcome an exception becomes, see failure.h.
#include "failure.h"

#include <new>

#include "constraint/constraint_failure.h"
#include "llama/foreign.h"

namespace espalier {

Failure current_failure() {
  try {
    foreign::translated([] { throw; });
  } catch (const Failure & failure) {
    return failure;
  } catch (const ConstraintFailure & failure) {
    return {"ConstraintError", failure.code, failure.message};
  } catch (const std::bad_alloc &) {
    return {"CapacityError", "OUT_OF_MEMORY",
            "There is not enough memory for this; free some, or ask for less at once."};
  } catch (const std::exception & error) {
    return {"InternalError", "NATIVE", std::string("The native layer failed: ") + error.what() + "."};
  } catch (...) {
    // Anything that is no std::exception.
  }
  return {"InternalError", "NATIVE", "The native layer failed for a reason without words."};
}

}  // namespace espalier
