package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// File is a file of a document, opened for a disclosure. Content gives exactly Size
// bytes, or fails, also when somebody has written to the file meanwhile; who opened it
// closes it.
type File struct {
	clinical.File
	Content io.ReadCloser
}

// OpenFile opens the n-th of the files of a document ([clinical.Text.Files], from 0), if
// it is still the one with the mark ([clinical.File.Mark]) that was shown there,
// after looking at the document anew as [Contents.Read] does. What has been replaced,
// withdrawn, names another person by now, stands where another stood, is larger than the
// storage's bound, or has no such file is not found; what may still be being written is
// unavailable ([wire.KeyBeingWritten]). Then the patient is read again.
func (s *Source) OpenFile(ctx context.Context, e index.Entry, n int, mark string) (*File, error) {
	f, err := s.openFile(ctx, e, n, mark)
	if err != nil && ctx.Err() == nil {
		s.soon(e.PatientID, 0)
	}
	return f, err
}

func (s *Source) openFile(ctx context.Context, e index.Entry, n int, mark string) (*File, error) {
	v := s.volumeOf(e.Root)
	if v == nil || !v.extended {
		return nil, fault.New(fault.NotFound, "the document has no files")
	}
	if err := v.missing(); err != nil {
		return nil, err
	}
	o, err := s.openObject(ctx, v, e, s.holdingOf, &patience{})
	if err != nil {
		return nil, err
	}
	defer o.close()
	if o.Document.Text == nil || n < 0 || n >= len(o.Document.Text.Files) {
		return nil, fault.New(fault.NotFound, "the document has no file %d", n)
	}
	file, part := o.Document.Text.Files[n], o.Parts[n]
	if file.Mark() != mark {
		return nil, fault.New(fault.NotFound, "file %d is another than was shown: the folder has changed since", n)
	}
	if file.Size > s.MaxFile {
		return nil, fault.New(fault.NotFound, "file of more than %d bytes", s.MaxFile)
	}
	if part.Body != nil {
		return &File{file, io.NopCloser(bytes.NewReader(part.Body))}, nil
	}
	listed := o.content.files[part.File]
	disk, err := listed.open(o.dir)
	if errors.Is(err, errInUse) {
		return nil, errWritten
	}
	if err != nil {
		return nil, fault.New(fault.NotFound, "open file: %s", plain(err))
	}
	return &File{file, &exactly{in: withoutPreamble(o.dir.reader(disk, listed.path), file.MediaType), file: disk, as: listed.info, left: file.Size}}, nil
}

// opened is an object that was read for a disclosure.
type opened struct {
	extended.Object
	dir     *folder // the content folder
	content content
}

func (o *opened) close() { o.dir.close() } // read only: nothing can be lost

// knowing tells who a patient is, as far as it is known by now.
type knowing func(context.Context, ident.LocalPatientID) (holding, error)

// openObject reads an object again for a disclosure, when it has rested, and holds it
// against who the patient is then. What the gateway itself wrote anew since the index looked
// is read as it is now.
func (s *Source) openObject(ctx context.Context, v *volume, e index.Entry, who knowing, p *patience) (*opened, error) {
	below := onDisk(e.Path)
	for try := 1; ; try++ {
		o, err := s.openAt(ctx, v, e, below, who, p)
		if !v.own || !fault.Is(err, fault.NotFound) || try == maxAnew {
			return o, err
		}
		now, ok := v.anew(below)
		if !ok || now == below {
			return o, err
		}
		below = now
	}
}

func (s *Source) openAt(ctx context.Context, v *volume, e index.Entry, below string, who knowing, p *patience) (*opened, error) {
	name, err := extended.ParsePath(below)
	if err != nil {
		return nil, err
	}
	if name.PatientID != e.PatientID || name.Flag != ssmix2.Current || s.index.ItemID(name.Key) != e.ID {
		return nil, fault.New(fault.Internal, "index entry does not fit its folder")
	}
	dir, err := v.content(below)
	if err != nil {
		return nil, fault.New(fault.NotFound, "open document: %s", plain(err)) // the path stands in the trail
	}
	o := &opened{dir: dir}
	err = o.read(ctx, name, who, func(c content) bool { return s.rested(v, e, c.size, c.newest) }, p)
	if err == nil {
		err = o.still(v, below)
	}
	if err == nil {
		return o, nil
	}
	o.close()
	if errors.Is(err, errInUse) {
		return nil, errWritten
	}
	if ctx.Err() != nil || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	return nil, fault.New(fault.NotFound, "read document: %s", plain(err))
}

// read reads the object in o.dir once it has rested, by what old says or by having been
// seen as it is. What it read was there before and after.
func (o *opened) read(ctx context.Context, name extended.Name, who knowing, old func(content) bool, p *patience) error {
	list := func() (content, error) { return listContent(o.dir, ".", func(info) bool { return false }) }
	seen := sight[content]{same: content.same}
	rested := func(c content) bool { return old(c) || seen.rested(c) }
	for {
		var err error
		if o.content, err = list(); err != nil {
			return err
		}
		if rested(o.content) {
			held, err := who(ctx, name.PatientID)
			if err != nil {
				return err
			}
			o.Object, err = extended.Read(name, held.person(name), o.content.toRead(ctx, o.dir))
			after, lerr := list()
			if lerr != nil {
				return lerr
			}
			if o.content.same(after) {
				return err
			}
		}
		err = p.wait(ctx, func() bool {
			now, err := list()
			return err != nil || rested(now)
		})
		if err != nil {
			return err
		}
	}
}

// still reports as an error that the folder is not where it was any more: while it was
// waited for it may have been superseded.
func (o *opened) still(v *volume, below string) error {
	now, err := v.stat(below)
	if err != nil {
		return err
	}
	here, err := o.dir.here()
	if err == nil && !here.same(now) {
		err = fs.ErrNotExist
	}
	return err
}

// same reports whether nothing has changed from c to o.
func (c content) same(o content) bool {
	return slices.Equal(c.files, o.files) && slices.Equal(c.folders, o.folders)
}

// content opens a content folder, which must be there.
func (v *volume) content(below string) (*folder, error) {
	return v.root().sub(below)
}

// preamble is how much of a DICOM file stands before what it is: 128 bytes that anybody
// may fill, with a program for instance.
const preamble = 128

// withoutPreamble blanks the preamble of a DICOM file, but for one that makes the file a
// TIFF as well, which is what the preamble is there for.
func withoutPreamble(f io.Reader, mediaType string) io.Reader {
	if mediaType != "application/dicom" {
		return f
	}
	return &blanking{in: f}
}

type blanking struct {
	in   io.Reader
	done bool
	head []byte
}

func (b *blanking) Read(p []byte) (int, error) {
	if !b.done {
		b.head = make([]byte, preamble)
		n, err := io.ReadFull(b.in, b.head)
		if b.head = b.head[:n]; err != nil {
			return 0, err
		}
		if t := string(b.head[:4]); !strings.HasPrefix(t, "II*\x00") && !strings.HasPrefix(t, "MM\x00*") {
			clear(b.head)
		}
		b.done = true
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	return b.in.Read(p)
}

// exactly gives as many bytes as were announced, or an error: a file that is cut or
// written to while it is read must not look whole.
type exactly struct {
	in   io.Reader
	file *os.File
	as   info // when it was opened
	left int64
}

func (x *exactly) Read(p []byte) (int, error) {
	if x.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > x.left {
		p = p[:x.left]
	}
	n, err := x.in.Read(p)
	x.left -= int64(n)
	if errors.Is(err, io.EOF) && x.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if x.left == 0 { // before the last of it is given
		if st, serr := x.file.Stat(); serr != nil || infoOfFile(st) != x.as {
			return 0, errors.Join(errWritten, serr)
		}
	}
	return n, err
}

func (x *exactly) Close() error { return x.file.Close() }
