package ssmix2

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// absent stands in names for "no care date" and "no department".
const absent = "-"

// Flag is the condition flag of a file (コンディションフラグ).
type Flag byte

const (
	Deleted    Flag = '0'
	Current    Flag = '1'
	Superseded Flag = '2'
)

// Key says which entry of a storage a file is a version of.
type Key struct {
	PatientID ident.LocalPatientID
	CareDate  string // YYYYMMDD; empty for undated types, whose folder is "-"
	DataType  DataType
	OrderNo   string // as written, padding kept
}

// Name is a file's name: seven fields that say all but the content.
type Name struct {
	Key
	Timestamp  string // time of sending, YYYYMMDDHHMMSSFFF; from 14 digits on is read
	Department string // SS-MIX2 department code; empty where the name has "-"
	Flag       Flag
}

// String gives the file name.
func (n Name) String() string {
	return strings.Join([]string{
		string(n.PatientID), orAbsent(n.CareDate), string(n.DataType), n.OrderNo,
		n.Timestamp, orAbsent(n.Department), string(rune(n.Flag)),
	}, "_")
}

// Folder gives the file's folder below the root of the storage, with slashes. It
// fails for a patient id that cannot be a folder or is shorter than the six
// characters that the upper folders are named by.
func (n Name) Folder() (string, error) {
	if err := n.check(); err != nil {
		return "", err
	}
	folder, err := PatientFolder(n.PatientID)
	if err != nil {
		return "", err
	}
	return path.Join(folder, orAbsent(n.CareDate), string(n.DataType)), nil
}

// PatientFolder gives the folder below the root of the storage, with slashes, that
// holds all of a patient's files. It fails as [Name.Folder] does.
func PatientFolder(patient ident.LocalPatientID) (string, error) {
	id := string(patient)
	if len(id) < 6 {
		return "", invalid("a patient id of %d characters has no folder, 6 are needed", len(id))
	}
	if strings.ContainsFunc(id, func(r rune) bool { return unfit(r) || r >= utf8.RuneSelf }) || strings.Trim(id, ".") == "" {
		return "", invalid("patient id has a character that its folder's name may not have")
	}
	return path.Join(id[:3], id[3:6], id), nil
}

// Path gives folder and file name.
func (n Name) Path() (string, error) {
	folder, err := n.Folder()
	if err != nil {
		return "", err
	}
	return folder + "/" + n.String(), nil
}

// Before reports whether n was sent before m. Time stamps of fewer than 17 digits
// count as if zeros followed.
func (n Name) Before(m Name) bool { return n.sent() < m.sent() }

func (n Name) sent() string { return (n.Timestamp + "00000000000000000")[:17] }

func orAbsent(s string) string {
	if s == "" {
		return absent
	}
	return s
}

// ParseName reads a file name. The fields are counted from both ends, since both
// the patient ids of some hospitals and the type names of extended storages hold
// underscores: with more than seven fields the one that is a care date decides.
func ParseName(file string) (Name, error) {
	fields := strings.Split(file, "_")
	n := len(fields)
	if n < 7 {
		return Name{}, invalid("file name of %d fields, 7 are needed", n)
	}
	idEnd, typeStart := 1, 2
	if n > 7 && isCareDate(fields[n-6]) {
		idEnd, typeStart = n-6, n-5
	}
	name := Name{
		Key: Key{
			PatientID: ident.LocalPatientID(strings.Join(fields[:idEnd], "_")),
			CareDate:  fields[idEnd],
			DataType:  DataType(strings.Join(fields[typeStart:n-4], "_")),
			OrderNo:   fields[n-4],
		},
		Timestamp:  fields[n-3],
		Department: fields[n-2],
	}
	if flag := fields[n-1]; len(flag) == 1 {
		name.Flag = Flag(flag[0])
	}
	if name.CareDate == "" || name.Department == "" {
		return Name{}, invalid("file name has an empty field; none is written as %q", absent)
	}
	if name.CareDate == absent {
		name.CareDate = ""
	}
	if name.Department == absent {
		name.Department = ""
	}
	return name, name.check()
}

// check refuses what can be neither a file's name nor a folder's.
func (n Name) check() error {
	if n.Flag != Current && n.Flag != Superseded && n.Flag != Deleted {
		return invalid("condition flag in the file name is neither 0, 1 nor 2")
	}
	for _, f := range []struct{ what, value string }{
		{"patient id", string(n.PatientID)}, {"data type", string(n.DataType)}, {"order number", n.OrderNo},
	} {
		if f.value == "" || f.value == "." || f.value == ".." {
			return invalid("file name without %s", f.what)
		}
	}
	if !utf8.ValidString(n.String()) || strings.ContainsFunc(n.String(), unfit) {
		return invalid("file name has a character that no file name may have")
	}
	if n.CareDate != "" && !isCareDate(n.CareDate) {
		return invalid("care date in the file name is neither YYYYMMDD nor %q", absent)
	}
	if len(n.Timestamp) < 14 || len(n.Timestamp) > 17 || !isDigits(n.Timestamp) {
		return invalid("time stamp in the file name is not YYYYMMDDHHMMSSFFF")
	}
	if !IsMoment(n.Timestamp) {
		return invalid("time stamp in the file name is no time: day, hour, minute or second is impossible")
	}
	if strings.Contains(n.OrderNo, "_") || strings.Contains(n.Department, "_") {
		return invalid("file name has an underscore inside a field")
	}
	return nil
}

func unfit(r rune) bool { return r < ' ' || r == 0x7F || r == '/' || r == '\\' }

// isCareDate reports whether s is a day of the calendar or stands for none.
func isCareDate(s string) bool {
	if s == absent {
		return true
	}
	_, err := wareki.ParseCompact(s)
	return err == nil
}

// IsMoment reports whether digits YYYYMMDDHHMMSS… are a time. Hospitals count hours to 47.
func IsMoment(digits string) bool {
	_, err := wareki.ParseCompact(digits[:8])
	return err == nil && digits[8:10] <= "47" && digits[10:12] <= "59" && digits[12:14] <= "60"
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// ParsePath reads the path of a file below the root of a storage, with slashes:
// <ID[0:3]>/<ID[3:6]>/<ID>/<care date>/<data type>/<file>. Folders and file name
// must agree: a file in another patient's folder is refused here, before its
// content is. The patient id is the folder's, byte for byte.
func ParsePath(below string) (Name, error) {
	parts := strings.Split(below, "/")
	if len(parts) != 6 {
		return Name{}, invalid("path of %d parts, 6 are needed", len(parts))
	}
	n, err := ParseName(parts[5])
	if err != nil {
		return Name{}, err
	}
	id := string(n.PatientID)
	switch {
	case parts[2] != id:
		return Name{}, fault.New(fault.Invalid, "patient folder: %w", ErrWrongPatient)
	case parts[3] != orAbsent(n.CareDate):
		return Name{}, invalid("file name and folder differ in the care date")
	case parts[4] != string(n.DataType):
		return Name{}, invalid("file name and folder differ in the data type")
	case len(id) >= 6 && (parts[0] != id[:3] || parts[1] != id[3:6]):
		return Name{}, invalid("the upper folders are not the first six characters of the patient id")
	}
	return n, nil
}

func invalid(format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
}
