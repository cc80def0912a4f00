//! Trees of roles and of offices: who is below whom.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::hash::Hash;

/// Several trees over identifiers, laid out so that a subtree is a slice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "Id: Deserialize<'de> + Eq + Hash"))]
pub struct Forest<Id> {
    /// Every node, each directly followed by all that is below it.
    order: Vec<Id>,
    /// Where a node stands in `order`, and where its subtree ends.
    span: FxHashMap<Id, (usize, usize)>,
    parent: FxHashMap<Id, Id>,
}

impl<Id> Default for Forest<Id> {
    fn default() -> Self {
        Forest {
            order: Vec::new(),
            span: FxHashMap::default(),
            parent: FxHashMap::default(),
        }
    }
}

fn with_room<Id, T>(nodes: usize) -> FxHashMap<Id, T> {
    FxHashMap::with_capacity_and_hasher(nodes, Default::default())
}

impl<Id: Copy + Ord + Hash> Forest<Id> {
    /// Builds the trees from nodes and their parents. Nodes on a cycle, which the catalog refuses,
    /// belong to no tree: they are below and above nobody.
    pub fn new(nodes: impl IntoIterator<Item = (Id, Option<Id>)>) -> Self {
        let mut nodes: Vec<(Option<Id>, Id)> = nodes
            .into_iter()
            .map(|(node, above)| (above, node))
            .collect();
        nodes.sort_by_key(|&(above, _)| above);
        let children = |above: Option<Id>| {
            let first = nodes.partition_point(|&(other, _)| other < above);
            let among = nodes[first..].iter();
            among
                .take_while(move |&&(other, _)| other == above)
                .map(|&(_, node)| node)
        };
        let parents = nodes
            .iter()
            .filter_map(|&(above, node)| Some((node, above?)));
        let mut forest = Forest {
            order: Vec::with_capacity(nodes.len()),
            span: with_room(nodes.len()),
            parent: with_room(nodes.len()),
        };
        forest.parent.extend(parents);
        // An explicit stack: a hierarchy may be deeper than the thread's stack allows.
        enum Step<Id> {
            Enter(Id),
            Leave(Id, usize),
        }
        let mut steps: Vec<_> = children(None).map(Step::Enter).collect();
        steps.reverse();
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(node) => {
                    let start = forest.order.len();
                    forest.order.push(node);
                    steps.push(Step::Leave(node, start));
                    let first = steps.len();
                    steps.extend(children(Some(node)).map(Step::Enter));
                    steps[first..].reverse();
                }
                Step::Leave(node, start) => {
                    forest.span.insert(node, (start, forest.order.len()));
                }
            }
        }
        forest
    }

    /// Whether `node` is strictly below `above`, at any depth.
    pub fn is_below(&self, node: Id, above: Id) -> bool {
        match (self.span.get(&node), self.span.get(&above)) {
            (Some(&(at, _)), Some(&(start, end))) => start < at && at < end,
            _ => false,
        }
    }

    /// Whether `node` is `top` or below it.
    pub fn is_within(&self, node: Id, top: Id) -> bool {
        node == top || self.is_below(node, top)
    }

    /// `top` itself and everything below it.
    pub fn subtree(&self, top: Id) -> &[Id] {
        self.span
            .get(&top)
            .map_or(&[], |&(start, end)| &self.order[start..end])
    }

    /// Everything strictly below `top`.
    pub fn below(&self, top: Id) -> &[Id] {
        self.subtree(top).get(1..).unwrap_or(&[])
    }

    pub fn parent(&self, node: Id) -> Option<Id> {
        self.parent.get(&node).copied()
    }

    /// Everything above `node`, the nearest first.
    pub fn above(&self, node: Id) -> impl Iterator<Item = Id> + '_ {
        // What is in a tree has nothing but that above it, so that this ends.
        let start = self.span.get(&node).and_then(|_| self.parent(node));
        std::iter::successors(start, |&above| self.parent(above))
    }
}

#[cfg(test)]
mod tests {
    use super::Forest;

    #[test]
    fn below_is_strict_and_any_depth() {
        let forest = Forest::new([
            (1, None),
            (2, Some(1)),
            (3, Some(2)),
            (4, Some(1)),
            (5, None),
        ]);
        assert!(forest.is_below(3, 1) && forest.is_below(2, 1));
        assert!(!forest.is_below(1, 1) && !forest.is_below(1, 3) && !forest.is_below(5, 1));
        assert_eq!(forest.subtree(2), [2, 3]);
        assert_eq!(forest.below(1).len(), 3);
        assert!(forest.below(9).is_empty());
        assert_eq!(forest.above(3).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(forest.above(1).next(), None);
        assert_eq!(forest.above(9).next(), None);
    }

    #[test]
    fn a_very_deep_chain_and_a_cycle_do_no_harm() {
        let deep = Forest::new((0..200_000).map(|n| (n, (n > 0).then(|| n - 1))));
        assert!(deep.is_below(199_999, 0));
        let cycle = Forest::new([(1, Some(2)), (2, Some(1))]);
        assert!(!cycle.is_below(1, 2) && cycle.subtree(1).is_empty());
        assert_eq!(cycle.above(1).next(), None);
    }
}
