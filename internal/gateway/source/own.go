package source

import (
	"path"

	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// Storages of the gateway's own are read as the hospital's are, but for two things. What is
// in them has its name only when it is whole, so nobody waits for it to rest. And vital signs
// of the present hour are written anew with every message, be that each second: what the index
// saw a moment ago has another name by now, and a viewer must not miss the hour for that.

// maxAnew is how often a content is looked for that is written anew under the reader.
const maxAnew = 5

// anew gives where an object of the gateway's own lies now that lay at a path before.
func (v *volume) anew(below string) (now string, ok bool) {
	was, err := extended.ParsePath(below)
	if err != nil {
		return "", false
	}
	in := path.Dir(below)
	dir, err := v.folder(in)
	if err != nil || dir == nil {
		return "", false
	}
	defer dir.close() // read only: nothing can be lost
	entries, _, err := dir.list(".")
	if err != nil {
		return "", false
	}
	for _, e := range entries {
		is, err := extended.ParsePath(path.Join(in, e.name))
		if err == nil && is.Key == was.Key && is.Flag == ssmix2.Current && !is.Before(was.Name) {
			return path.Join(in, e.name), true
		}
	}
	return "", false
}
