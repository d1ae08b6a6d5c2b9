// SPDX-License-Identifier: Apache-2.0
#include "server/schema_check/node.hpp"

#include <algorithm>
#include <functional>

namespace mooring::schema_check {

using Node = Schema::Node;

bool goes_in_circles(const std::vector<Node>& nodes) {
  enum class Mark { unseen, open, done };
  std::vector<Mark> marks(nodes.size(), Mark::unseen);
  const std::function<bool(Node::Index)> visit = [&](Node::Index place) {
    if (marks[place] != Mark::unseen) {
      return marks[place] == Mark::open;
    }
    marks[place] = Mark::open;
    const Node& node = nodes[place];
    std::vector<Node::Index> next;
    for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) {
      next.insert(next.end(), list->begin(), list->end());
    }
    for (const auto& one :
         {node.negated, node.condition, node.then, node.otherwise, node.reference}) {
      if (one) {
        next.push_back(*one);
      }
    }
    const bool circle = std::any_of(next.begin(), next.end(), visit);
    marks[place] = Mark::done;
    return circle;
  };
  for (Node::Index place = 0; place < nodes.size(); ++place) {
    if (visit(place)) {
      return true;
    }
  }
  return false;
}

}  // namespace mooring::schema_check
