package clinical

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Text is a document that people wrote: a note, a summary, a letter, a report. Its
// words are plain text whatever they came as; what cannot be words is in Files.
type Text struct {
	Type     Coded     `json:"type,omitzero"` // LOINC document type with the local one beside
	Title    string    `json:"title,omitempty"`
	Authors  []Staff   `json:"authors,omitempty"`
	Written  Time      `json:"written,omitempty"`
	Orders   []string  `json:"orders,omitempty"` // numbers of the orders and studies that it reports on
	Sections []Section `json:"sections,omitempty"`
	Files    []File    `json:"files,omitempty"`
}

// Section is a part of a text under a heading, in the order of the source.
type Section struct {
	Heading string      `json:"heading,omitempty"`
	Code    Coded       `json:"code,omitzero"`
	Blocks  []TextBlock `json:"blocks,omitempty"`
	Level   int         `json:"level,omitempty"` // 0: outermost
}

// TextBlock is a paragraph, a list or a table; one of its fields is set.
type TextBlock struct {
	Paragraph string     `json:"paragraph,omitempty"` // line breaks kept
	List      []string   `json:"list,omitempty"`
	Table     [][]string `json:"table,omitempty"` // rows of cells; the first is the head if Head
	Head      bool       `json:"head,omitempty"`
}

// File is a file of a document, to be fetched by its number in [Text.Files].
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"` // as its first bytes say, not its name: application/pdf, image/png …; application/octet-stream if unknown
	Size      int64  `json:"size"`
	Main      bool   `json:"main,omitempty"` // the document itself and not an attachment
}

// Mark tells the file from others that may stand in its place later: whoever was shown
// one file asks for it by place and mark, and gets no other.
func (f File) Mark() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", f.Name, f.MediaType, f.Size))
	return hex.EncodeToString(sum[:8])
}
