package source

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// ReadContent reads one document again for a disclosure. What has been replaced,
// withdrawn, has become unreadable or names another person since it was indexed is an error, and the patient
// is read again.
func (s *Source) ReadContent(ctx context.Context, e index.Entry) (clinical.Document, error) {
	doc, err := s.readContent(ctx, e)
	if err != nil && ctx.Err() == nil {
		s.soon(e.PatientID, 0)
	}
	return doc, err
}

func (s *Source) readContent(ctx context.Context, e index.Entry) (clinical.Document, error) {
	none := clinical.Document{}
	v := s.volumeOf(e.Root)
	if v == nil {
		return none, fault.New(fault.NotFound, "folder %s is not read any more", e.Root)
	}
	if v.extended {
		o, err := s.openObject(ctx, v, e)
		if err != nil {
			return none, err
		}
		defer o.close()
		return o.Document, nil
	}
	name, err := ssmix2.ParsePath(e.Path)
	if err != nil {
		return none, err
	}
	if name.PatientID != e.PatientID || name.Flag != ssmix2.Current || s.index.ItemID(name.Key) != e.ID {
		return none, fault.New(fault.Internal, "index entry does not fit its file")
	}
	var record *clinical.Demographics
	switch known, err := s.index.Patient(ctx, s.index.Reader(), e.PatientID); {
	case err == nil:
		record = &known.Demographics
	case !fault.Is(err, fault.NotFound):
		return none, err
	}
	v.mu.RLock()
	body, _, err := v.dir.read(e.Path)
	v.mu.RUnlock()
	if err != nil {
		return none, fault.New(fault.NotFound, "read document: %s", plain(err)) // the path stands in the trail
	}
	doc, err := readDocument(name, body, record)
	if err != nil {
		return none, err
	}
	if name.DataType == ssmix2.PatientDemographics { // of which only the allergies are content
		doc.Kind, doc.Demographics = clinical.KindAllergy, nil
	}
	return doc, nil
}
