package ssmix2

import (
	"cmp"
	"slices"
)

// State is what the files of one key together say of the entry.
type State string

const (
	// StateCurrent: Version.Name is the entry.
	StateCurrent State = "current"
	// StateDeleted: the entry was deleted; Version.Name is the latest file, the cancellation.
	StateDeleted State = "deleted"
	// StatePending: there are superseded files only. A writer stopped between
	// renaming the old file and creating the new one, or has not come to it yet:
	// nothing is current, look again.
	StatePending State = "pending"
)

// Version is the present state of one entry of a storage.
type Version struct {
	State State
	Name  Name
	// Rivals are files that call themselves current as well and are older. The
	// storage is at fault; the youngest was taken.
	Rivals []Name
}

// Resolve says for each key what is current among the files of a storage, in the
// order of the keys. Flags decide, never the order in which files were found: the
// flag 1, else deletion, else nothing yet.
func Resolve(names []Name) []Version {
	byKey := make(map[Key][]Name)
	for _, n := range names {
		byKey[n.Key] = append(byKey[n.Key], n)
	}
	versions := make([]Version, 0, len(byKey))
	for _, group := range byKey {
		versions = append(versions, resolve(group))
	}
	slices.SortFunc(versions, func(a, b Version) int { return compareKeys(a.Name.Key, b.Name.Key) })
	return versions
}

func resolve(group []Name) Version {
	latest := make(map[Flag]Name)
	var rivals []Name
	for _, n := range group {
		other, taken := latest[n.Flag]
		if taken && !younger(other, n) {
			other, n = n, other
		}
		latest[n.Flag] = n
		if taken && n.Flag == Current {
			rivals = append(rivals, other)
		}
	}
	if n, ok := latest[Current]; ok {
		slices.SortFunc(rivals, func(a, b Name) int { return cmp.Compare(a.String(), b.String()) })
		return Version{StateCurrent, n, rivals}
	}
	if n, ok := latest[Deleted]; ok {
		return Version{State: StateDeleted, Name: n}
	}
	return Version{State: StatePending, Name: latest[Superseded]}
}

// younger reports whether b was sent after a; equal times fall back on the name,
// so that the answer does not depend on the order of a directory.
func younger(a, b Name) bool {
	return a.Before(b) || !b.Before(a) && a.String() < b.String()
}

func compareKeys(a, b Key) int {
	return cmp.Or(
		cmp.Compare(a.PatientID, b.PatientID),
		cmp.Compare(a.CareDate, b.CareDate),
		cmp.Compare(a.DataType, b.DataType),
		cmp.Compare(a.OrderNo, b.OrderNo),
	)
}
