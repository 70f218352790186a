#include "cli/page/assets.h"

#include "core/base/result.h"

namespace kith::cli {

const Asset* page_asset(std::string_view name) {
  for (const Asset& asset : page_assets())
    if (asset.name == name) return &asset;
  return nullptr;
}

std::string_view type_of(const Asset& asset) {
  if (asset.name.ends_with(".html")) return "text/html; charset=utf-8";
  if (asset.name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (asset.name.ends_with(".css")) return "text/css; charset=utf-8";
  if (asset.name.ends_with(".svg")) return "image/svg+xml";
  KITH_ASSERT(asset.name.ends_with(".json"));
  return "application/json";
}

}  // namespace kith::cli
