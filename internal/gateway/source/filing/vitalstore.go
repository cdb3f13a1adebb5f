package filing

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// contentVersion is a content folder of the extended storage.
type contentVersion struct {
	name extended.Name
	path string
}

// hour is one content that is about to be written anew.
type hour struct {
	patient    ident.LocalPatientID
	place      place
	folder     string
	department string
	there      []contentVersion // the youngest last
	spoilt     []contentVersion // what cannot be read any more
	held       []byte           // what it says, with what was put to it; nil: nothing yet
	changed    bool
	stands     bool
	stamp      string
	staged     string
}

// now gives what an hour says on the disk. The youngest says all that the others say,
// whatever its flag: they are left over from a crash.
func (h *hour) now() (v contentVersion, ok bool) {
	if len(h.there) == 0 {
		return v, false
	}
	return h.there[len(h.there)-1], true
}

// vitalFolder is where the contents of a patient and day lie.
func vitalFolder(patient ident.LocalPatientID, day string) (string, error) {
	folder, err := ssmix2.PatientFolder(patient)
	return path.Join(extendedDir, folder, day, vitalSigns), err
}

// hours lists the contents of a folder by their keys.
func (s *storage) hours(folder string) (map[string][]contentVersion, error) {
	names, err := s.list(folder)
	if err != nil {
		return nil, err
	}
	out := map[string][]contentVersion{}
	for _, file := range names {
		if n, err := extended.ParseName(file); err == nil {
			out[n.OrderNo] = append(out[n.OrderNo], contentVersion{n, path.Join(folder, file)})
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b contentVersion) int { return strings.Compare(a.name.Timestamp, b.name.Timestamp) })
	}
	return out, nil
}

// hour reads what is there of a place.
func (s *storage) hour(patient ident.LocalPatientID, p place) (*hour, error) {
	folder, err := vitalFolder(patient, p.day)
	if err != nil {
		return nil, err
	}
	all, err := s.hours(folder)
	if err != nil {
		return nil, err
	}
	h := &hour{patient: patient, place: p, folder: folder, there: all[p.key]}
	for {
		v, ok := h.now()
		if !ok {
			return h, nil
		}
		body, err := s.root.ReadFile(path.Join(v.path, mainDocument))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var is *sheet
		if err == nil {
			is, err = readSheet(body)
		}
		if err != nil {
			h.there, h.spoilt = h.there[:len(h.there)-1], append(h.spoilt, v)
			continue
		}
		h.held, h.stands, h.department, h.stamp = body, is.holds(), v.name.Department, v.name.Timestamp
		// A crash came between the flag of the one and the name of the next, and what was to
		// be next is not there any more.
		h.changed = v.name.Flag == ssmix2.Superseded
		return h, nil
	}
}

// stageHour writes what an hour says from now on.
func (s *storage) stageHour(h *hour) error {
	if !h.changed {
		return nil
	}
	if err := s.step("stage"); err != nil {
		return err
	}
	h.staged = path.Join(stagingDir, fmt.Sprintf("vitals-%d", s.vitals.Add(1)))
	if err := s.root.Mkdir(h.staged, 0o700); err != nil {
		return err
	}
	return s.root.WriteFile(path.Join(h.staged, mainDocument), h.held, 0o600)
}

func (s *storage) putHour(h *hour) error {
	if !h.changed {
		return nil
	}
	if err := s.folder(h.folder); err != nil {
		return err
	}
	for _, v := range h.spoilt {
		to := v.name
		to.OrderNo, to.Flag = to.OrderNo+spoilt, ssmix2.Deleted
		if _, err := s.move(v, to); err != nil {
			return err
		}
	}
	for i, v := range h.there {
		if v.name.Flag != ssmix2.Current {
			continue
		}
		to := v.name
		to.Flag = ssmix2.Superseded
		var err error
		if h.there[i].path, err = s.move(v, to); err != nil {
			return err
		}
	}
	name := h.name()
	if err := s.step("rename"); err != nil {
		return err
	}
	if err := s.root.Rename(h.staged, path.Join(h.folder, name.String())); err != nil {
		return err
	}
	h.staged = ""
	return nil
}

// move gives a content folder another name.
func (s *storage) move(v contentVersion, to extended.Name) (string, error) {
	if err := s.step("flag"); err != nil {
		return "", err
	}
	aside := path.Join(path.Dir(v.path), to.String())
	return aside, s.root.Rename(v.path, aside)
}

// named refuses an hour whose name could not be read, or not be written. It is known before
// anything is renamed.
func (h *hour) named() error {
	n := h.name()
	if n.Timestamp == "" { // nothing was filed yet
		n.Timestamp = "20000101000000000"
	}
	if len(n.String())+len(spoilt) > maxFileName {
		return fault.New(fault.Invalid, "the folder name would have %d bytes, a file system takes %d", len(n.String()), maxFileName)
	}
	below, err := n.Path()
	if err != nil {
		return err
	}
	if is, err := extended.ParsePath(below); err != nil || is.Key != n.Key {
		return fault.New(fault.Invalid, "no name for the measurements of its patient id: %v", err)
	}
	return nil
}

// name is that of an hour that was changed.
func (h *hour) name() extended.Name {
	n := ssmix2.Name{
		Key:       ssmix2.Key{PatientID: h.patient, CareDate: h.place.day, DataType: vitalSigns, OrderNo: h.place.key},
		Timestamp: h.stamp, Department: h.department, Flag: ssmix2.Current,
	}
	if !h.stands {
		n.Flag = ssmix2.Deleted
	}
	var there []ssmix2.Name
	for _, v := range slices.Concat(h.there, h.spoilt) {
		there = append(there, v.name.Name)
	}
	for _, v := range there { // what is written anew is younger, also after the clock was set back
		if n.Timestamp <= v.Timestamp {
			n.Timestamp = stampAfter(v.Timestamp)
		}
	}
	return extended.Name{Name: n}
}
