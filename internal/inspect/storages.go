package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// State is what a file is among the files of its entry, which its flag alone does not
// say: of an entry whose files are all flagged superseded, nothing is shown.
type State string

const (
	StateCurrent    State = "current"    // what is shown
	StateSuperseded State = "superseded" // another took its place
	StateCancelled  State = "cancelled"  // taken back, or what takes it back
	StatePending    State = "pending"    // the latest of an entry that has superseded files only
	StateRival      State = "rival"      // flagged current, and so is a younger one
)

// remarks of states that a gateway lists as well.
var stateRemarks = map[State]string{
	StatePending: "all files of this entry are flagged superseded: none is shown",
	StateRival:   "another file of this entry is flagged current and younger",
}

// storages looks around files that lie in storages: who their patient is, and what the
// other files of their entries are. Files come folder by folder, so that the last folder
// and the last patient are kept. One facility's volumes are read as one, as its
// gateway does.
type storages struct {
	root    string   // of the last file
	volumes []string // the roots of its facility, itself among them

	patient string // folder of the last patient
	record  *clinical.Demographics

	folder string // of the last entry's type
	states map[ssmix2.Name]State
	err    error
}

// facilityCode is how many digits a root's name begins with: the code of the medical
// institution, behind which volumes are told apart.
const facilityCode = 10

// maxBeside bounds the names that are read of one folder beside a file.
const maxBeside = 100_000

// volumesOf gives the roots of the facility whose root this is: those beside it whose
// names begin with the same code. One that is not named after a facility stands alone.
func (s *storages) volumesOf(root string) []string {
	if s.root == root {
		return s.volumes
	}
	s.root, s.volumes = root, []string{root}
	base := filepath.Base(root)
	if len(base) < facilityCode || strings.Trim(base[:facilityCode], "0123456789") != "" {
		return s.volumes
	}
	names, err := namesIn(filepath.Dir(root))
	if err != nil {
		return s.volumes
	}
	s.volumes = nil
	for _, name := range names {
		if strings.HasPrefix(name, base[:facilityCode]) {
			s.volumes = append(s.volumes, filepath.Join(filepath.Dir(root), name))
		}
	}
	return s.volumes
}

// state says what a file or content folder is among those of its entry. parts are the
// last six of its path, read gives a name by such parts.
func (s *storages) state(path string, n ssmix2.Name, read func(below string) (ssmix2.Name, error)) (State, error) {
	parts := lastParts(path, 6)
	root, folder := above(path, 6), filepath.Join(above(path, 6), filepath.Join(parts[:5]...))
	if s.folder != folder {
		s.folder = folder
		var names []ssmix2.Name
		names, s.err = s.namesOf(root, parts[:5], read)
		s.states = statesOf(names)
	}
	return s.states[n], s.err
}

// flagged is what a file is by its flag, if the others of its entry don't say otherwise.
var flagged = map[ssmix2.Flag]State{ssmix2.Current: StateCurrent, ssmix2.Superseded: StateSuperseded, ssmix2.Deleted: StateCancelled}

// statesOf says what each name is among those of its entry.
func statesOf(names []ssmix2.Name) map[ssmix2.Name]State {
	states := make(map[ssmix2.Name]State, len(names))
	for _, n := range names {
		states[n] = flagged[n.Flag]
	}
	for _, v := range ssmix2.Resolve(names) {
		for _, rival := range v.Rivals {
			states[rival] = StateRival
			if v.State == ssmix2.StateDeleted {
				states[rival] = StateCancelled
			}
		}
		switch v.State {
		case ssmix2.StatePending:
			states[v.Name] = StatePending
		case ssmix2.StateCurrent: // also where a second volume has the very same name
			states[v.Name] = StateCurrent
		}
	}
	return states
}

// namesOf reads the names in one folder of all volumes; those that are none are told
// where they are met.
func (s *storages) namesOf(root string, parts []string, read func(below string) (ssmix2.Name, error)) ([]ssmix2.Name, error) {
	var out []ssmix2.Name
	for _, volume := range s.volumesOf(root) {
		names, err := namesIn(filepath.Join(volume, filepath.Join(parts...)))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if n, err := read(strings.Join(parts, "/") + "/" + name); err == nil {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// recordOf gives whom the storages say that a patient is: the demographics that a
// gateway would hold the patient's documents against. Nil if there are none, or none
// that can be read.
func (s *storages) recordOf(path string) *clinical.Demographics {
	parts, root := lastParts(path, 6), above(path, 6)
	patient := filepath.Join(append([]string{root}, parts[:3]...)...)
	if s.patient == patient {
		return s.record
	}
	s.patient, s.record = patient, nil
	folder := append(slices.Clone(parts[:3]), "-", string(ssmix2.PatientDemographics))
	names, err := s.namesOf(root, folder, ssmix2.ParsePath)
	if err != nil {
		return nil
	}
	for _, v := range ssmix2.Resolve(names) {
		if v.State == ssmix2.StateCurrent {
			s.record = demographics(s.volumesOf(root), v.Name)
			break
		}
	}
	return s.record
}

// demographics reads a file of the demographics; of the same name in two volumes, that of the last.
func demographics(volumes []string, n ssmix2.Name) *clinical.Demographics {
	below, err := n.Path()
	if err != nil {
		return nil
	}
	for _, volume := range slices.Backward(volumes) {
		in, _, err := openRegular(filepath.Join(volume, filepath.FromSlash(below)))
		if err != nil {
			continue
		}
		defer in.Close()
		body, err := io.ReadAll(io.LimitReader(in, hl7v2.MaxBytes+1))
		if err != nil {
			return nil
		}
		doc, err := ssmix2.ReadDocument(n, body)
		if err != nil {
			return nil
		}
		return doc.Demographics
	}
	return nil
}

// contentName is [extended.ParsePath] as far as states go.
func contentName(below string) (ssmix2.Name, error) {
	n, err := extended.ParsePath(below)
	return n.Name, err
}

// namesIn lists what lies in a folder, in order; nothing of one that is not there or is a link.
func namesIn(dir string) ([]string, error) {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	names, err := in.Readdirnames(maxBeside)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(names) == maxBeside {
		return nil, fmt.Errorf("more than %d names in the folder", maxBeside-1)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names, nil
}

// above gives a path without its last n parts.
func above(path string, n int) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	for range n {
		abs = filepath.Dir(abs)
	}
	return abs
}

// place tells in a line what its file is among those of its entry.
func (s *storages) place(line *Line, path string, n ssmix2.Name, read func(below string) (ssmix2.Name, error)) {
	state, err := s.state(path, n, read)
	if err != nil {
		line.Warnings = append(line.Warnings, "which file of the entry is current was not found out: "+err.Error())
		return
	}
	line.State = state
	if remark := stateRemarks[state]; remark != "" {
		line.Warnings = append(line.Warnings, remark)
	}
}
