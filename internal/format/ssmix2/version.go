package ssmix2

import (
	"cmp"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// State is what the files of one key together say of the entry.
type State string

const (
	// StateCurrent: Version.Name is the entry.
	StateCurrent State = "current"
	// StateDeleted: the entry was deleted; Version.Name is the latest file, the cancellation.
	// It may lie in another volume than a file that was never renamed.
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
	// Rivals are files that call themselves current as well and are older than Name. The
	// storage is at fault; the youngest was taken, be it a deletion.
	Rivals []Name
}

// Resolve says for each key what is current among the files of a storage, in the
// order of the keys. Flags decide, never the order in which files were found: the
// flag 1, else deletion, else nothing yet. A deletion that is younger than what is
// flagged 1 holds: its writer has not come to renaming what it deletes, or cannot, since
// that lies in another volume. An older one is of a version before.
//
// Of undated types a patient has one entry, whatever order numbers and folders its files
// have: each is the whole of what it says, and the youngest replaces the others.
func Resolve(names []Name) []Version {
	byKey := make(map[Key][]Name)
	for _, n := range names {
		byKey[n.Key] = append(byKey[n.Key], n)
	}
	versions := make([]Version, 0, len(byKey))
	for _, group := range byKey {
		versions = append(versions, resolve(group))
	}
	versions = wholes(versions)
	slices.SortFunc(versions, func(a, b Version) int { return compareKeys(a.Name.Key, b.Name.Key) })
	return versions
}

// wholes leaves of undated types one current version for each patient. Deletions stay with
// their keys: a writer that takes to another order number deletes what it wrote under the
// old one.
func wholes(versions []Version) []Version {
	type whole struct {
		patient ident.LocalPatientID
		typ     DataType
	}
	youngest := map[whole]Name{}
	for _, v := range versions {
		w := whole{v.Name.PatientID, v.Name.DataType}
		if n, known := youngest[w]; v.State == StateCurrent && w.typ.Undated() && (!known || younger(n, v.Name)) {
			youngest[w] = v.Name
		}
	}
	if len(youngest) == 0 {
		return versions
	}
	rivals := map[Name][]Name{}
	versions = slices.DeleteFunc(versions, func(v Version) bool {
		n, known := youngest[whole{v.Name.PatientID, v.Name.DataType}]
		switch {
		case !known || v.Name == n || v.State == StateDeleted:
			return false
		case v.State == StatePending: // superseded under another key
			return !n.Before(v.Name)
		}
		rivals[n] = append(append(rivals[n], v.Name), v.Rivals...)
		return true
	})
	for i, v := range versions {
		if more := rivals[v.Name]; len(more) > 0 {
			versions[i].Rivals = sorted(append(v.Rivals, more...))
		}
	}
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
	current, isCurrent := latest[Current]
	deleted, isDeleted := latest[Deleted]
	switch {
	case isCurrent && isDeleted && current.Before(deleted):
		return Version{StateDeleted, deleted, sorted(append(rivals, current))}
	case isCurrent:
		return Version{StateCurrent, current, sorted(rivals)}
	case isDeleted:
		return Version{State: StateDeleted, Name: deleted}
	}
	return Version{State: StatePending, Name: latest[Superseded]}
}

func sorted(names []Name) []Name {
	slices.SortFunc(names, func(a, b Name) int { return cmp.Compare(a.String(), b.String()) })
	return names
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
