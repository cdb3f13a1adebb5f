package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// Form is what a folder looks like from outside, by the names of folders in it alone.
type Form string

const (
	FormStandard Form = "standard" // an SS-MIX2 standardised storage
	FormExtended Form = "extended" // an SS-MIX2 extended storage
	FormEmpty    Form = "empty"    // nothing is in it, as before the first export or an absent share
	FormUnknown  Form = "unknown"  // nothing that was looked at tells
)

// A look at a folder is bounded, since a storage may hold a million patients and lie
// behind a slow line.
const (
	lookFolders = 400 // that are opened
	lookEntries = 64  // of each
	lookTypes   = 16  // data types after which the form is taken for known
)

// LooksLike tells the form of a root from the names of data types below some of its
// patients. A folder that has both is what it has of the standard: types are what a
// hospital calls them in the extended storage only.
func LooksLike(root string) (Form, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return "", fmt.Errorf("storage folder: %w", err)
	}
	l := &look{dir: dir, left: lookFolders}
	first, err := l.names(".", false)
	if err == nil {
		err = l.descend(".", 0)
	}
	if err = errors.Join(err, dir.Close()); err != nil {
		return "", fmt.Errorf("storage folder: %w", err)
	}
	switch {
	case l.standard > 0:
		return FormStandard, nil
	case l.extended > 0:
		return FormExtended, nil
	case len(first) == 0:
		return FormEmpty, nil
	}
	return FormUnknown, nil
}

type look struct {
	dir                *os.Root
	left               int // folders that may still be opened
	standard, extended int // data types of either form that were seen
}

// depthOfTypes is how many folders are above a data type's: two upper ones, the
// patient's and that of the care date.
const depthOfTypes = 4

func (l *look) descend(at string, depth int) error {
	if l.left <= 0 || l.standard+l.extended >= lookTypes {
		return nil
	}
	names, err := l.names(at, true)
	if depth > 0 && (errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist)) {
		return nil // the rest tells
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if depth == depthOfTypes {
			l.count(name)
		} else if err := l.descend(path.Join(at, name), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) count(name string) {
	if ssmix2.DataType(name).Readable() {
		l.standard++
		return
	}
	// In CP932 a byte of a character may be the separator, so there may be too many.
	if _, err := extended.ParseType(name); err == nil || strings.Count(name, "^") >= 2 {
		l.extended++
	}
}

// names gives some of the names in a folder, of folders only where asked for.
func (l *look) names(at string, folders bool) (out []string, err error) {
	l.left--
	f, err := l.dir.Open(at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(lookEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, e := range entries {
		if e.Name()[0] != '.' && (e.IsDir() || !folders) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// CheckForms refuses, as invalid, a folder of one storage that was given for the other's:
// its documents would be held for what they are not, or not be seen at all. standard and
// extended are what the two are called where they were given. Folders that tell nothing
// are warned of and borne: a hospital may not have exported anything yet.
func CheckForms(standard string, roots []string, extended string, extendedRoots []string) (warnings []string, err error) {
	for _, c := range []struct {
		option, other string
		roots         []string
		want, swapped Form
	}{{standard, extended, roots, FormStandard, FormExtended}, {extended, standard, extendedRoots, FormExtended, FormStandard}} {
		for _, root := range c.roots {
			switch form, err := LooksLike(root); {
			case err != nil:
				return nil, fmt.Errorf("%s: %w", c.option, err)
			case form == c.swapped:
				return nil, fault.New(fault.Invalid, "%s: %s looks like the %s storage of SS-MIX2, not the %s one: give it as %s", c.option, root, form, c.want, c.other)
			case form == FormEmpty:
				warnings = append(warnings, fmt.Sprintf("%s: %s is empty", c.option, root))
			case form == FormUnknown:
				warnings = append(warnings, fmt.Sprintf("%s: %s holds nothing yet that looks like a storage of SS-MIX2", c.option, root))
			}
		}
	}
	return warnings, nil
}

// facilityCode is how many digits a root's name begins with: the code of the medical
// institution (医療機関コード), behind which volumes are told apart.
const facilityCode = 10

// CheckFacilities refuses, as invalid, folders that by their names are of several
// facilities: as one storage, equal numbers of two hospitals would be one person. Folders
// that are not named after a facility, nor lie in one that is, may be anybody's.
func CheckFacilities(roots []string) error {
	var first, of string
	for _, root := range roots {
		switch code := facilityOf(root); {
		case code == "":
		case of == "":
			first, of = root, code
		case code != of:
			return fault.New(fault.Invalid, "%s and %s are of two facilities, %s and %s: equal patient numbers would be one person", first, root, of, code)
		}
	}
	return nil
}

// facilityOf gives the code that a root is named after, or the nearest folder above it
// whose name is nothing else; empty for none.
func facilityOf(root string) string {
	if name := filepath.Base(root); len(name) >= facilityCode && digits(name[:facilityCode]) {
		return name[:facilityCode]
	}
	for dir := filepath.Dir(root); ; dir = filepath.Dir(dir) {
		switch name := filepath.Base(dir); {
		case len(name) == facilityCode && digits(name):
			return name
		case dir == filepath.Dir(dir):
			return ""
		}
	}
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
