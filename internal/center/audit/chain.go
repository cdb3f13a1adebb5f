package audit

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// Chain grows a Merkle tree leaf by leaf and keeps only its right edge: enough to
// recompute a log of any length, with the root at every size, in little memory.
// The zero Chain is the empty tree.
type Chain struct {
	size int64
	edge []tlog.Hash // roots of the complete subtrees that make up the tree, largest first
}

// Size is the number of leaves.
func (c *Chain) Size() int64 { return c.size }

// Add appends the hash of a leaf and gives the hashes that the log stores for it, in
// the order of tlog.StoredHashes: the leaf's own, then every subtree that it completes.
func (c *Chain) Add(leaf tlog.Hash) []tlog.Hash {
	stored := []tlog.Hash{leaf}
	for n := c.size; n&1 == 1; n >>= 1 {
		last := len(c.edge) - 1
		leaf = tlog.NodeHash(c.edge[last], leaf)
		c.edge = c.edge[:last]
		stored = append(stored, leaf)
	}
	c.edge = append(c.edge, leaf)
	c.size++
	return stored
}

// Root is the hash of the whole tree (RFC 6962, section 2.1).
func (c *Chain) Root() tlog.Hash {
	if c.size == 0 {
		return sha256.Sum256(nil)
	}
	root := c.edge[len(c.edge)-1]
	for i := len(c.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(c.edge[i], root)
	}
	return root
}
