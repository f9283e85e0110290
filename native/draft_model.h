// The file of a draft model. Decides which models may draft for which others, and that what is wrong with one is told
// as the option's. No N-API here. Threads: any; it is part of loading.
#pragma once

#include <memory>

#include "model.h"

namespace espalier {

/// As `request` says of the model it drafts for. Throws what Model::load throws, with words that name the option.
std::shared_ptr<Model> load_draft(const ModelRequest & request);

/// Throws Failure ModelError DRAFT_MISMATCH where their vocabularies differ, DRAFT_UNSUPPORTED where one of the two
/// can't drop the last tokens of a text.
void check_draft(const Model & model, const Model & draft, const ModelRequest & request);

}  // namespace espalier
