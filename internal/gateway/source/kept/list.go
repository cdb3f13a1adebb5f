package kept

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Counts tells how many messages of each class are listed.
func (k *Keeper) Counts() map[Class]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[Class]int{}
	for c, n := range k.counts {
		out[c] = n
	}
	return out
}

// List gives up to limit entries of a class (-1: all), newest first, also beside a process that
// keeps and removes some meanwhile. One that cannot be read is listed as damaged.
func (k *Keeper) List(class Class, limit int) ([]Entry, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	names, err := k.names()
	if err != nil {
		return nil, err
	}
	slices.Reverse(names)
	var out []Entry
	for _, id := range names {
		if classOf(id) != class {
			continue
		}
		if len(out) == limit {
			break
		}
		e, err := k.read(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("kept messages: %w", err)
		}
		if class != Flagged {
			e.File = k.path(id, bodyExt)
		}
		out = append(out, e)
	}
	return out, nil
}

// Flagged gives the ids of all messages that were filed with a remark, newest first, from
// memory. Full says that of those which somebody has to look at the oldest go from now on.
func (k *Keeper) Flagged() (ids []string, full bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for b, list := range k.bounded {
		if b.class != Flagged {
			continue
		}
		for _, h := range list {
			ids = append(ids, h.id)
		}
		full = full || b.look && len(list) >= k.limitOf(b)
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, full
}
