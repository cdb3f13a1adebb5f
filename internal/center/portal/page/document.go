package page

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Written is a document that people wrote: a note, a summary, a letter, a report.
type Written struct {
	Title    string
	Type     string // the document's own name of what it is
	Authors  []string
	At       string // when it was written, for people
	Sections []WrittenSection
	Files    []FileRow
}

// WrittenSection is a part under a heading.
type WrittenSection struct {
	Heading string
	Level   int // of the heading: 4 to 6, below the document's title
	Blocks  []clinical.TextBlock
}

// FileRow is a file of a document.
type FileRow struct {
	Number int    // place in the address of the file
	Mark   string // tells the file from another that may stand in its place later
	Name   string
	Type   string // for people
	Size   string
	Show   FileShow
	Main   bool
}

// FileShow says how a file is shown in place.
type FileShow string

const (
	ShowPDF   FileShow = "pdf"
	ShowImage FileShow = "image"
	ShowNot   FileShow = "" // to be saved
)

// shown is the short list of types that a browser is given under their own name.
var shown = map[string]FileShow{"application/pdf": ShowPDF, "image/png": ShowImage, "image/jpeg": ShowImage}

// ShownType reports whether files of a media type are shown in place.
func ShownType(media string) bool { return shown[media] != ShowNot }

func (w words) written(t clinical.Text) *Written {
	out := &Written{Title: titleOf(t), Authors: namesOf(t.Authors), At: clinicalTime(t.Written)}
	if label := t.Type.Label(); !strings.HasPrefix(out.Title, label) {
		out.Type = label
	}
	for _, s := range t.Sections {
		section := WrittenSection{Heading: s.Heading, Level: 4 + min(max(s.Level, 0), 2), Blocks: s.Blocks}
		if section.Heading == "" {
			section.Heading = s.Code.Label()
		}
		out.Sections = append(out.Sections, section)
	}
	for n, f := range t.Files {
		out.Files = append(out.Files, FileRow{Number: n, Mark: f.Mark(), Name: f.Name, Type: w.media(f.MediaType), Size: size(f.Size), Show: shown[f.MediaType], Main: f.Main})
	}
	return out
}

// titleOf is what a document calls itself, else what it is.
func titleOf(t clinical.Text) string {
	if t.Title != "" {
		return t.Title
	}
	return t.Type.Label()
}

// media names a type of file as people call it.
func (w words) media(media string) string {
	key := fault.Key("media." + media)
	if known(key) {
		return TextOf(w.lang, Message{Key: key})
	}
	return TextOf(w.lang, Message{Key: "media.other"})
}

// size shows a number of bytes; one that is not known is nothing.
func size(bytes int64) string {
	switch {
	case bytes < 0:
		return ""
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%d KB", (bytes+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
