package source

import (
	"cmp"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// Kind says where a root lies, and with it how changes are noticed.
type Kind string

const (
	Local Kind = "local" // a disk of this machine: the operating system tells of every change
	Share Kind = "share" // NFS, SMB, FUSE: what other machines write must be looked for
)

// State is how well the storage is followed.
type State struct {
	Trouble cause.Trouble // why the storage does not answer or the index does not take it in; zero: all is well
	Stuck   cause.Trouble // why the index does not take in what is read; zero: it does
	Looked  time.Time     // when it was last looked through
	Waiting int           // patients whose folders are still to be read
	Damaged int           // patients whose record in the index is damaged: they stay as they were
	Roots   []RootState
}

// RootState is how well one root is followed.
type RootState struct {
	Root       string        // as configured
	Trouble    cause.Trouble // why it does not answer; zero: it does
	Kind       Kind          // empty: it has been away since the start
	FileSystem string        // name of its type, such as "ext4", "nfs", "cifs"; hexadecimal if unknown

	Patients  int // patients with a folder in it
	Folders   int // folders that are looked at for changes
	Documents int // files that were read and hold, demographics among them

	// Watched counts the folders of which the file system tells changes. Polling says
	// that others are found by looking: all of a share, on a disk what is beyond the
	// notifications that may be had.
	Watched int
	Polling bool

	// Pass is the end of the last look at every folder of linked patients and PassTook
	// what it took; Pass is zero before the first. Lag is how long ago the last pass
	// began: how old a change can be that is not known yet, 0 before the first.
	Pass     time.Time
	PassTook time.Duration
	Lag      time.Duration
}

// State tells how well the storage is followed.
func (s *Source) State() State {
	now := s.Clock()
	watched, used := s.watcher.counts()
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{Looked: s.looked, Waiting: len(s.due), Damaged: len(s.damaged), Trouble: cause.From(cmp.Or(s.trouble, s.stuck)), Stuck: cause.From(s.stuck)}
	for _, v := range s.volumes {
		root := v.state()
		root.Pass, root.PassTook = s.pass, s.passTook
		if !s.passFrom.IsZero() {
			root.Lag = now.Sub(s.passFrom)
		}
		if root.Kind == Local && used {
			root.Watched = watched
		}
		root.Polling = root.Watched < root.Folders
		st.Roots = append(st.Roots, root)
	}
	return st
}

func (v *volume) state() RootState {
	away := v.missing()
	v.mu.RLock()
	defer v.mu.RUnlock()
	st := RootState{
		Root: v.name, Kind: v.kind, FileSystem: v.fileSystem,
		Patients: int(v.patients.Load()), Folders: int(v.folders.Load()), Documents: int(v.documents.Load()),
		Trouble: cause.From(away),
	}
	return st
}
