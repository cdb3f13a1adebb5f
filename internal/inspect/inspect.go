// Package inspect prints what this program reads from files: one JSON object per line
// and file (検査). It shows a hospital's informatician, without any server, what a
// gateway would make of a storage.
//
// A line has path, format, valid and warnings, and the content decoded to UTF-8. A
// file of several messages has a line for each, a message of several orders one for each
// order. A file that cannot be read has valid false and the located reason; the files after
// it are read all the same.
//
// Of what lies in a storage valid is what a gateway says, by the gateway's own rules of
// what it lists and passes over. A content folder without a file has a line of its own.
//
// Of a file that lies in a storage a line also tells its [State] among the files of its
// entry, and it is held against the patient's demographics where the storage has them:
// what names another person is not valid. Roots side by side whose names begin with the
// same code of a medical institution are one facility's, named or not.
//
// Of images and waveforms the head is read, wherever they lie. Outside of a content folder
// one that is cut, or has fewer samples than it declares, is not valid. In one that is a
// warning: a gateway shows such a file as it is, if it is the patient's.
//
// Whatever folder is named, memory stays bounded: folders are read in batches, files
// of several messages message by message, and nothing greater than a format allows is
// taken in. Symbolic links inside a folder, devices, pipes and sockets are told and
// left alone. What a name or a file holds can do nothing to a terminal: control
// characters and bytes that are no UTF-8 are printed as escapes.
//
// A new format is a [recogniser] in a file of its own and a line in recognisers.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Format names what a file is.
type Format string

const (
	FormatSSMIX2   Format = "ssmix2"          // a file of an SS-MIX2 standardised storage
	FormatExtended Format = "ssmix2-extended" // a file in a content folder of an extended storage
	FormatHL7      Format = "hl7v2"           // an HL7 v2 message under another name, or several
	FormatJAHIS    Format = "jahis"           // a medication notebook or prescription as in a symbol
	FormatCDA      Format = "cda"             // a clinical document outside of a content folder
	FormatDICOM    Format = "dicom"           // an image or other object of DICOM; this and what follows outside of a content folder
	FormatMFER     Format = "mfer"            // a waveform
	FormatSCP      Format = "scp-ecg"         // an ECG
	FormatAECG     Format = "aecg"            // an annotated ECG (HL7)
	FormatUnknown  Format = "unknown"         // none that this program reads
)

// Line is what is printed for one file or for one message of it.
type Line struct {
	Path     string   `json:"path"`              // bytes that are no UTF-8 are written as \xNN
	Message  int      `json:"message,omitempty"` // from 1, of a file that holds several, or several orders
	Format   Format   `json:"format"`
	Valid    bool     `json:"valid"`
	Error    string   `json:"error,omitempty"` // located, without values
	Warnings []string `json:"warnings"`
	*Content
}

// Content is what a file says by its name and in itself.
type Content struct {
	PatientID   string `json:"patient_id,omitempty"`
	Date        string `json:"date,omitempty"`      // care date YYYYMMDD; absent for undated types
	DataType    string `json:"data_type,omitempty"` // of messages without a name: as their content says
	OrderNo     string `json:"order_no,omitempty"`
	Timestamp   string `json:"timestamp,omitempty"`
	Department  string `json:"department,omitempty"` // of the name, else of the message
	Requester   string `json:"requester,omitempty"`
	Flag        string `json:"flag,omitempty"`  // 1 current, 2 superseded, 0 deleted
	State       State  `json:"state,omitempty"` // among the files of its entry; absent outside of a storage
	MessageType string `json:"message_type,omitempty"`
	Kind        string `json:"kind,omitempty"`       // of a document in an extended storage
	Title       string `json:"title,omitempty"`      // of the same
	MediaType   string `json:"media_type,omitempty"` // of the file, as its first bytes say
	Version     string `json:"version,omitempty"`    // of a JAHIS text
	*Recorded
	Entries []any `json:"entries,omitempty"`
}

// ErrUnreadable says that at least one file could not be read. Its line was printed.
var ErrUnreadable = errors.New("not every file could be read")

var errUnknown = errors.New("of no format that this program reads")

// recogniser reads the files of one format.
type recogniser interface {
	format() Format
	// claims says by path and first bytes whether the file is of the format.
	claims(f *file) bool
	// lines gives what is to be printed; path and format are filled in by the caller.
	lines(f *file) iter.Seq[Line]
}

// recognisers in the order in which they are asked: those that go by path come first.
func recognisers() []recogniser {
	around := &storages{}
	all := []recogniser{standard{around}, &extendedStorage{storages: around}, misplaced{}, messages{}, medication{}, clinicalDocument{}}
	for _, r := range recordings {
		all = append(all, r)
	}
	return all
}

// file is an open file whose beginning was read.
type file struct {
	path string
	info fs.FileInfo
	head []byte
	in   io.ReadSeeker
}

// headBytes is how much of a file its recognisers see: in XML, comments may stand before
// the element that tells what it is.
const headBytes = 64 << 10

// all reads the whole file, or limit+1 bytes of it if it is greater, which the format
// then refuses.
func (f *file) all(limit int64) ([]byte, error) {
	if _, err := f.in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f.in, limit+1))
}

// Run prints the lines of each path on out and the reasons of unreadable files on
// problems. A folder is walked in the order of names (of very large folders, of each
// batch); what it holds of unknown formats is printed and is no error, a named file of
// an unknown format is one. A path that does not exist or cannot be opened is a
// problem, too, and does not keep the others from being read. The error wraps
// [ErrUnreadable], and what stopped the run if out could not be written or ctx ended.
func Run(ctx context.Context, out, problems io.Writer, paths ...string) error {
	tell := func(line Line, problem bool) error {
		if reason := reason(line, problem); reason != "" {
			if _, err := io.WriteString(problems, reason); err != nil {
				return err
			}
		}
		return encode(out, line)
	}
	return (&run{ctx: ctx, tell: tell, recognisers: recognisers()}).all(paths)
}

func (r *run) all(paths []string) error {
	for _, path := range paths {
		if err := r.path(path); err != nil {
			return err
		}
	}
	if r.bad {
		return errors.Join(append([]error{ErrUnreadable}, r.missing...)...)
	}
	return nil
}

type run struct {
	ctx         context.Context
	tell        func(line Line, problem bool) error
	recognisers []recogniser
	bad         bool
	files       int     // that have been told
	missing     []error // of named paths
}

// path reads what was named; a symbolic link that was named is followed.
func (r *run) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		r.missing = append(r.missing, err)
		return r.fail(path, err)
	}
	if info.IsDir() {
		return r.folder(path, 0)
	}
	if !info.Mode().IsRegular() {
		return r.fail(path, errors.New(special(info.Mode())))
	}
	return r.file(path, true)
}

// file prints the lines of one file.
func (r *run) file(path string, named bool) error {
	r.files++
	in, info, err := openRegular(path)
	if err != nil {
		return r.fail(path, err)
	}
	defer in.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fail(path, err)
	}
	f := &file{path: path, info: info, head: head[:n], in: in}
	i := slices.IndexFunc(r.recognisers, func(rec recogniser) bool { return rec.claims(f) })
	if i < 0 {
		return r.print(path, Line{Format: FormatUnknown, Error: errUnknown.Error()}, named)
	}
	for line := range r.recognisers[i].lines(f) {
		line.Format = r.recognisers[i].format()
		if err := r.print(path, line, true); err != nil {
			return err
		}
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
	return nil
}

// openRegular opens a file. What has meanwhile become a pipe must not hold us.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := in.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(special(info.Mode()))
	}
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	return in, info, nil
}

// fail prints a path that could not be read at all.
func (r *run) fail(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the path is told anyway
	}
	return r.print(path, Line{Format: FormatUnknown, Error: err.Error()}, true)
}

// print tells a line, and that its error is a problem.
func (r *run) print(path string, line Line, problem bool) error {
	line.Path = printable(path)
	if line.Warnings == nil {
		line.Warnings = []string{}
	}
	r.bad = r.bad || !line.Valid && problem
	return r.tell(line, problem)
}

// skipped begins the error of what lies in a folder and is no file.
const skipped = "skipped: "

// reason is what is said of a line beside it: of a problem, and of what was skipped.
func reason(line Line, problem bool) string {
	if line.Valid || !problem && !strings.HasPrefix(line.Error, skipped) {
		return ""
	}
	where := terminalSafe(line.Path)
	if line.Message > 0 {
		where += fmt.Sprintf(": message %d", line.Message)
	}
	return where + ": " + terminalSafe(printable(line.Error)) + "\n"
}

// passOver tells of what lies in a storage and is none of its files.
func (r *run) passOver(path string) error {
	return r.print(path, Line{Format: FormatUnknown, Error: "passed over, as a gateway does: left by a writer, a copier or a desktop"}, false)
}

// skip tells of what lies in a folder and is no file.
func (r *run) skip(path string, mode fs.FileMode) error {
	return r.print(path, Line{Format: FormatUnknown, Error: skipped + special(mode)}, false)
}

func special(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link is not followed"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe is no file"
	case mode&fs.ModeSocket != 0:
		return "a socket is no file"
	case mode&fs.ModeDevice != 0:
		return "a device is no file"
	}
	return "no file"
}

// afterMark gives the beginning of a text without byte order mark, frame and space.
func afterMark(head []byte) string {
	return strings.TrimLeft(strings.TrimPrefix(string(head), "\xEF\xBB\xBF"), "\x0b\r\n ")
}

// just is the sequence of one line.
func just(line Line) iter.Seq[Line] {
	return func(yield func(Line) bool) { yield(line) }
}

func failed(c *Content, err error) iter.Seq[Line] {
	return just(Line{Content: c, Error: err.Error()})
}
