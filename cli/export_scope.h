// What an export must leave out or rename because of groups.
#pragma once

#include "cli/session.h"
#include "core/journal/export.h"

namespace kith::cli {

Result<journal::ExportOptions> export_scope(Session& session);

}  // namespace kith::cli
