package extended

import (
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// absent stands in names for "no care date" and "no department".
const absent = "-"

// Name is a content folder's name. Its DataType is the data-type folder's name, its
// OrderNo the key that is unique within type and date (特定キー).
type Name struct {
	ssmix2.Name
	Type  Type
	Short bool // the form of six fields, without department
}

// String gives the name of the content folder.
func (n Name) String() string {
	if !n.Short {
		return n.Name.String()
	}
	return strings.Join([]string{string(n.PatientID), orAbsent(n.CareDate), string(n.DataType), n.OrderNo, n.Timestamp, string(rune(n.Flag))}, "_")
}

// Path gives the content folder below the root of the storage, with slashes.
func (n Name) Path() (string, error) {
	folder, err := ssmix2.PatientFolder(n.PatientID)
	if err != nil {
		return "", err
	}
	return path.Join(folder, orAbsent(n.CareDate), string(n.DataType), n.String()), nil
}

func orAbsent(s string) string {
	if s == "" {
		return absent
	}
	return s
}

// Decode gives a name as it is meant: in NFC, out of whatever normal form and, where it
// is not UTF-8, out of CP932.
func Decode(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		out, err := japanese.ShiftJIS.NewDecoder().String(raw)
		if err != nil || strings.ContainsRune(out, utf8.RuneError) {
			return "", invalid("name in no character set")
		}
		raw = out
	}
	name := norm.NFC.String(raw)
	if strings.ContainsFunc(name, unfit) {
		return "", invalid("name has a character that no name may have")
	}
	return name, nil
}

func unfit(r rune) bool { return r < ' ' || r == 0x7F || r == '/' || r == '\\' }

// ParseName reads a content folder's name, in NFC. The fields are counted from both
// ends, since type names hold underscores.
func ParseName(folder string) (Name, error) {
	name, err := parseFields(folder)
	if err != nil {
		return Name{}, err
	}
	name.Type, err = ParseType(string(name.DataType))
	return name, err
}

// parseFields reads all but what the type is.
func parseFields(folder string) (Name, error) {
	f := strings.Split(folder, "_")
	n := len(f)
	if n < 6 {
		return Name{}, invalid("content folder name of %d fields, 6 or 7 are needed", n)
	}
	var name Name
	if flag := f[n-1]; len(flag) == 1 {
		name.Flag = ssmix2.Flag(flag[0])
	}
	at := n - 3 // of the time stamp
	if name.Short = isTimestamp(f[n-2]); name.Short {
		at = n - 2
	} else if f[n-2] != absent {
		name.Department = f[n-2]
	}
	day := 1 // patient ids of some hospitals hold underscores, too
	for day < at-2 && !isCareDate(f[day]) {
		day++
	}
	if at-2 < day+1 {
		return Name{}, invalid("content folder name of %d fields, 6 or 7 are needed", n)
	}
	name.Timestamp, name.OrderNo = f[at], f[at-1]
	name.PatientID = ident.LocalPatientID(strings.Join(f[:day], "_"))
	name.CareDate = f[day]
	name.DataType = ssmix2.DataType(strings.Join(f[day+1:at-1], "_"))
	if err := name.check(); err != nil {
		return Name{}, err
	}
	name.CareDate = strings.TrimPrefix(name.CareDate, absent)
	return name, nil
}

// check refuses what no content folder is called; that the care date is one has been seen.
func (n Name) check() error {
	switch {
	case n.Flag != ssmix2.Current && n.Flag != ssmix2.Superseded && n.Flag != ssmix2.Deleted:
		return invalid("content folder name: condition flag is neither 0, 1 nor 2")
	case !isTimestamp(n.Timestamp):
		return invalid("content folder name: time stamp is not YYYYMMDDHHMMSSFFF")
	case !ssmix2.IsMoment(n.Timestamp):
		return invalid("content folder name: time stamp is no time: day, hour, minute or second is impossible")
	case n.PatientID == "" || n.OrderNo == "" || n.DataType == "":
		return invalid("content folder name: a field is empty")
	case strings.ContainsFunc(n.String(), unfit) || !utf8.ValidString(n.String()):
		return invalid("name has a character that no name may have")
	}
	return nil
}

// isTimestamp takes 14 digits and more: NHO's own example has 15.
func isTimestamp(s string) bool { return len(s) >= 14 && len(s) <= 17 && isDigits(s) }

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isCareDate(s string) bool {
	if s == absent {
		return true
	}
	_, err := wareki.ParseCompact(s)
	return err == nil
}

// ParsePath reads the path of a content folder below the root of a storage, with
// slashes, as the disk has it. Folders and name must agree: what lies in another
// patient's folder is refused here, before its content is. The patient id is the folder's, byte for byte.
func ParsePath(below string) (Name, error) {
	parts, err := pathParts(below)
	if err != nil {
		return Name{}, err
	}
	folder, err := ParseType(parts[4])
	if err != nil {
		return Name{}, err
	}
	n, err := parseFields(parts[5])
	if err != nil {
		return Name{}, err
	}
	id := string(n.PatientID)
	switch {
	case parts[2] != id:
		return Name{}, fault.New(fault.Invalid, "patient folder: %w", ssmix2.ErrWrongPatient)
	case parts[3] != orAbsent(n.CareDate):
		return Name{}, invalid("content folder and its folder differ in the care date")
	case parts[4] != string(n.DataType) && !folder.called(string(n.DataType)):
		return Name{}, invalid("content folder and its folder differ in the data type")
	case len(id) < 6 || parts[0] != id[:3] || parts[1] != id[3:6]:
		return Name{}, invalid("the upper folders are not the first six characters of the patient id")
	}
	n.DataType, n.Type = ssmix2.DataType(parts[4]), folder
	return n, nil
}

// pathParts decodes the parts of a path. In CP932 the second byte of a character may be
// a backslash but never a slash, so they are parted first.
func pathParts(below string) ([]string, error) {
	raw := strings.Split(below, "/")
	if len(raw) != 6 {
		return nil, invalid("path of %d parts, 6 are needed", len(raw))
	}
	parts := make([]string, len(raw))
	for i, r := range raw {
		p, err := Decode(r)
		if err != nil {
			return nil, err
		}
		parts[i] = p
	}
	return parts, nil
}

// Resolve says for each entry what is current among the content folders of a storage,
// as [ssmix2.Resolve] does for files. A deletion renames and leaves no file of its own,
// so that a deleted entry has flags 0 only.
func Resolve(names []Name) []Version {
	plain := make([]ssmix2.Name, len(names))
	byName := make(map[ssmix2.Name]Name, len(names))
	for i, n := range names {
		plain[i], byName[n.Name] = n.Name, n
	}
	resolved := ssmix2.Resolve(plain)
	versions := make([]Version, len(resolved))
	for i, v := range resolved {
		versions[i] = Version{State: v.State, Name: byName[v.Name]}
		for _, rival := range v.Rivals {
			versions[i].Rivals = append(versions[i].Rivals, byName[rival])
		}
	}
	return versions
}

// Version is the present state of one entry, as in [ssmix2.Version].
type Version struct {
	State  ssmix2.State
	Name   Name
	Rivals []Name
}
