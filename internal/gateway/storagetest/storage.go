// Package storagetest makes SS-MIX2 standard storages (標準化ストレージ) in temporary folders
// and does to them what hospitals' systems do: write, supersede, delete, break. Its
// messages are small and have meaning. For tests only.
package storagetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Storage is one root.
type Storage struct {
	t    testing.TB
	Root string
	// Aged makes files and their folders look written an hour ago, so that nothing waits
	// for them to rest.
	Aged bool
}

// New makes an empty storage.
func New(t testing.TB) *Storage {
	t.Helper()
	return &Storage{t: t, Root: t.TempDir(), Aged: true}
}

// Person is who a patient is to the hospital.
type Person struct {
	Family, Given, FamilyKana, GivenKana string
	BirthDate                            string // YYYYMMDD
	Sex                                  clinical.Sex
}

// Hanako is a patient of many tests.
var Hanako = Person{"試験", "花子", "シケン", "ハナコ", "19760101", clinical.Female}

// Name gives the name of a current file.
func Name(id ident.LocalPatientID, date string, typ ssmix2.DataType, order, stamp string) ssmix2.Name {
	return ssmix2.Name{
		Key:       ssmix2.Key{PatientID: id, CareDate: date, DataType: typ, OrderNo: order},
		Timestamp: stamp, Department: "01", Flag: ssmix2.Current,
	}
}

// Path gives the absolute path of a file.
func (s *Storage) Path(n ssmix2.Name) string {
	s.t.Helper()
	below, err := n.Path()
	if err != nil {
		s.t.Fatal(err)
	}
	return filepath.Join(s.Root, filepath.FromSlash(below))
}

// Write writes a file as it is.
func (s *Storage) Write(n ssmix2.Name, body []byte) {
	s.t.Helper()
	path := s.Path(n)
	_, err := os.Stat(path)
	s.check(os.MkdirAll(filepath.Dir(path), 0o755))
	s.check(os.WriteFile(path, body, 0o644))
	if err == nil { // written over: only the file's own time changes
		at := s.later()
		s.check(os.Chtimes(path, at, at))
		return
	}
	s.age(path)
}

// Rename gives a file another condition flag, as superseding and deleting do.
func (s *Storage) Rename(n ssmix2.Name, flag ssmix2.Flag) {
	s.t.Helper()
	to := n
	to.Flag = flag
	s.check(os.Rename(s.Path(n), s.Path(to)))
	s.age(s.Path(to))
}

// Remove takes a file away.
func (s *Storage) Remove(n ssmix2.Name) {
	s.t.Helper()
	s.check(os.Remove(s.Path(n)))
	s.age(filepath.Dir(s.Path(n)))
}

var ages atomic.Int64 // milliseconds; every change its own time, or none would be seen

// later gives the next time: an hour ago, or now.
func (s *Storage) later() time.Time {
	if !s.Aged {
		return time.Now()
	}
	return time.Now().Add(time.Duration(ages.Add(1))*time.Millisecond - time.Hour)
}

func (s *Storage) age(path string) {
	if !s.Aged {
		return
	}
	at := s.later()
	for ; len(path) > len(s.Root); path = filepath.Dir(path) {
		s.check(os.Chtimes(path, at, at))
	}
	s.check(os.Chtimes(s.Root, at, at))
}

func (s *Storage) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Sum gives a hash of all that the storage says: paths, kinds, sizes, times and bytes.
func (s *Storage) Sum() string {
	s.t.Helper()
	h := sha256.New()
	s.check(filepath.WalkDir(s.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(h, path, info.Mode(), info.ModTime().UnixNano())
		if !info.Mode().IsRegular() {
			return nil
		}
		body, err := os.ReadFile(path)
		h.Write(body)
		return err
	}))
	return hex.EncodeToString(h.Sum(nil))
}

// Demographics writes ADT-00 with allergies, none if none are given.
func (s *Storage) Demographics(id ident.LocalPatientID, p Person, stamp string, allergens ...string) ssmix2.Name {
	s.t.Helper()
	n := Name(id, "", ssmix2.PatientDemographics, ssmix2.NoOrder, stamp)
	n.Department = ""
	b := message("ADT^A08^ADT_A01", stamp)
	b.Append("EVN", "", hl7v2.Text(stamp[:14]))
	pid(b, id, p)
	b.Append("PV1", "0001", "O")
	for i, a := range allergens {
		b.Append("AL1", hl7v2.Text(fmt.Sprint(i+1)), hl7v2.CodeValue("DA", "薬剤アレルギー", "HL70127"), hl7v2.CodeValue("1", a, "99XYZ"))
	}
	s.Write(n, bytesOf(b))
	return n
}

// Prescription gives name and body of an OMP-01 of one drug.
func Prescription(id ident.LocalPatientID, p Person, date, order, stamp, drug string) (ssmix2.Name, []byte) {
	b := message("RDE^O11^RDE_O11", stamp)
	pid(b, id, p)
	b.Append("PV1", "0001", "O", "01^^^^^C")
	b.Segment("ORC").Set(1, "NW").SetText(2, order).SetText(4, order+"_01_001").SetText(9, date+"101500")
	b.Segment("RXE").Set(2, hl7v2.CodeValue("620000001", drug, "99XYZ")).Set(3, "1").Set(5, "TAB^錠^MR9P").Set(6, "TAB^錠剤^MR9P").Set(10, "21").Set(11, "TAB^錠^MR9P")
	b.Append("TQ1", "1", "", "1013044400000000&内服・経口・１日３回朝昼夕食後&JAMISDP01", "", "", "7^D", hl7v2.Text(date))
	b.Append("RXR", "PO^口^HL70162")
	return Name(id, date, ssmix2.PrescriptionOrder, order, stamp), bytesOf(b)
}

// Prescription writes an OMP-01 of one drug.
func (s *Storage) Prescription(id ident.LocalPatientID, p Person, date, order, stamp, drug string) ssmix2.Name {
	s.t.Helper()
	n, body := Prescription(id, p, date, order, stamp, drug)
	s.Write(n, body)
	return n
}

// Lab writes an OML-11 of one result.
func (s *Storage) Lab(id ident.LocalPatientID, p Person, date, order, stamp, value, flag string) ssmix2.Name {
	s.t.Helper()
	b := message("OUL^R22^OUL_R22", stamp)
	pid(b, id, p)
	b.Append("PV1", "0001", "O", "01^^^^^C")
	at := hl7v2.Text(date + "0930")
	b.Segment("SPM").Set(1, "1").Set(2, "000000001219001").Set(4, "023^血清^JC10").Set(17, at)
	b.Segment("OBR").Set(1, "1").SetText(2, order).Set(4, "E002^生化学的検査^99O03").Set(7, at)
	b.Segment("ORC").Set(1, "SC").SetText(2, order).Set(9, hl7v2.Text(date+"123000"))
	b.Segment("OBX").Set(1, "1").Set(2, "NM").Set(3, "3A010000002327101^総蛋白^JC10").SetText(5, value).
		Set(6, "g/dL^g/dL^ISO+").Set(7, "6.7-8.3").SetText(8, flag).Set(11, "F")
	n := Name(id, date, ssmix2.LabResult, order, stamp)
	s.Write(n, bytesOf(b))
	return n
}

// Reception writes an ADT-12.
func (s *Storage) Reception(id ident.LocalPatientID, p Person, date, stamp string) ssmix2.Name {
	s.t.Helper()
	b := message("ADT^A04^ADT_A01", stamp)
	b.Append("EVN", "", hl7v2.Text(stamp[:14]))
	pid(b, id, p)
	b.Segment("PV1").Set(1, "0001").Set(2, "O").Set(3, "01^^^^^C").Set(10, "01").SetText(44, date+"090500")
	n := Name(id, date, ssmix2.OutpatientReception, ssmix2.NoOrder, stamp)
	s.Write(n, bytesOf(b))
	return n
}

func message(typ hl7v2.Value, stamp string) *hl7v2.Builder {
	return hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: "HIS", SendingFacility: "TESTHOSP", ReceivingApplication: "GW", ReceivingFacility: "EXCH",
		Time: stamp[:14], Type: typ, ControlID: stamp,
	})
}

func pid(b *hl7v2.Builder, id ident.LocalPatientID, p Person) {
	name := func(family, given, script string) hl7v2.Value {
		return hl7v2.Components(hl7v2.Text(family), hl7v2.Text(given), "", "", "", "", "L", hl7v2.Text(script))
	}
	b.Segment("PID").Set(1, "0001").Set(3, hl7v2.Components(hl7v2.Text(string(id)), "", "", "", "PI")).
		Set(5, hl7v2.Repetitions(name(p.Family, p.Given, "I"), name(p.FamilyKana, p.GivenKana, "P"))).
		SetText(7, p.BirthDate).SetText(8, string(p.Sex))
}

func bytesOf(b *hl7v2.Builder) []byte {
	body, _ := b.Bytes()
	return body
}
