// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/names.hpp"

#include "core/text/ascii.hpp"
#include "server/catalogue/doubles.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace mooring::catalogue {
namespace {

using Prefix = settings::Exposure::Prefix;

// `*` stands for any characters. Only the last star ever has to be taken back: what the ones before
// it took could not have been better taken.
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool fits_any(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&name](const std::string& pattern) {
    return fits(pattern, name);
  });
}

bool is_exposed(const settings::Exposure& expose, const std::string& name) {
  return (expose.include.empty() || fits_any(expose.include, name)) &&
         !fits_any(expose.exclude, name);
}

// A name in the settings that no tool has is most likely a mistake.
void warn_of_strangers(
    const Offer& offer, const std::vector<std::string>& own, std::vector<std::string>& warnings
) {
  if (own.empty()) {
    return;  // not up yet
  }
  const auto warn = [&](const char* field, const std::string& name) {
    warnings.push_back(
        "backend " + text::quoted(offer.backend) + ": expose." + field + ": it has no tool " +
        text::quoted(name)
    );
  };
  const auto is_strange = [&own](const std::string& pattern) {
    return std::none_of(own.begin(), own.end(), [&pattern](const std::string& name) {
      return fits(pattern, name);
    });
  };
  for (const std::string& pattern : offer.expose.include) {
    if (is_strange(pattern)) {
      warn("include", pattern);
    }
  }
  for (const std::string& pattern : offer.expose.exclude) {
    if (is_strange(pattern)) {
      warn("exclude", pattern);
    }
  }
  for (const auto& [name, other] : offer.expose.rename) {
    if (is_strange(name)) {
      warn("rename", name);
    }
  }
}

std::string prefixed(const Item& item, const std::vector<Offer>& offers) {
  return offers[item.backend].backend + "_" + item.id;
}

// The name that is settled at once, if there is one.
std::optional<std::string> fixed_name(
    Kind kind, const Item& item, const std::vector<Offer>& offers
) {
  const settings::Exposure& expose = offers[item.backend].expose;
  if (const auto other = expose.rename.find(item.id);
      kind == Kind::tools && other != expose.rename.end()) {
    return other->second;
  }
  switch (expose.prefix) {
    case Prefix::always:
      return prefixed(item, offers);
    case Prefix::never:
      return item.id;
    case Prefix::when_conflicting:
      break;
  }
  return std::nullopt;
}

// A prefix can make a new conflict, so until there is none. It ends: a round gives at least one
// more item its prefix.
void give_prefixes(
    std::vector<Item>& items, const std::vector<bool>& is_fixed, const std::vector<Offer>& offers
) {
  for (bool settled = false; !settled;) {
    settled = true;
    std::unordered_map<std::string, int> claims;
    for (const Item& item : items) {
      ++claims[item.name];
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      Item& item = items[i];
      if (!is_fixed[i] && claims[item.name] > 1 && item.name == item.id) {
        item.name = prefixed(item, offers);
        settled = false;
      }
    }
  }
}

}  // namespace

void select_tools(
    std::vector<Item>& tools, const std::vector<Offer>& offers, std::vector<std::string>& warnings
) {
  std::vector<std::vector<std::string>> own(offers.size());
  for (const Item& tool : tools) {
    own[tool.backend].push_back(tool.id);
  }
  for (std::size_t i = 0; i < offers.size(); ++i) {
    warn_of_strangers(offers[i], own[i], warnings);
  }
  tools.erase(
      std::remove_if(
          tools.begin(),
          tools.end(),
          [&offers](const Item& tool) { return !is_exposed(offers[tool.backend].expose, tool.id); }
      ),
      tools.end()
  );
}

void give_names(
    Kind kind,
    std::vector<Item>& items,
    const std::vector<Offer>& offers,
    std::vector<std::string>& warnings
) {
  std::vector<bool> is_fixed(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto fixed = fixed_name(kind, items[i], offers);
    is_fixed[i] = fixed.has_value();
    items[i].name = fixed.value_or(items[i].id);
  }
  give_prefixes(items, is_fixed, offers);
  const auto why = [kind](const Item& item, const std::string& owner) {
    return (kind == Kind::tools ? "tool " : "prompt ") + text::quoted(item.id) +
           " would have the name " + text::quoted(item.name) + ", which one of backend " + owner +
           " has; change expose.prefix or expose.rename";
  };
  leave_out_doubles(items, &Item::name, offers, warnings, why);
}

}  // namespace mooring::catalogue
