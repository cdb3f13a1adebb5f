package source

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Person tells who the patient of a number is by now, for [Source.ReadContent].
func (s *Source) Person(ctx context.Context, id ident.LocalPatientID) (extended.Person, error) {
	known, err := s.index.Patient(ctx, s.index.Reader(), id)
	switch {
	case err == nil:
		return extended.Person{ID: id, Record: &known.Demographics}, nil
	case fault.Is(err, fault.NotFound):
		return extended.Person{ID: id}, nil
	}
	return extended.Person{}, err
}

// ReadContent reads one document of a person again for a disclosure. What has been
// replaced, withdrawn, has become unreadable since it was indexed or names another
// person by now is an error, and the patient is read again. It ends with ctx.
func (s *Source) ReadContent(ctx context.Context, e index.Entry, person extended.Person) (clinical.Document, error) {
	doc, err := s.readContent(ctx, e, person)
	if err != nil && ctx.Err() == nil {
		s.soon(e.PatientID, 0)
	}
	return doc, err
}

func (s *Source) readContent(ctx context.Context, e index.Entry, person extended.Person) (clinical.Document, error) {
	none := clinical.Document{}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if person.ID != e.PatientID {
		return none, fault.New(fault.Internal, "the document is not of the person it is read for")
	}
	v := s.volumeOf(e.Root)
	if v == nil {
		return none, fault.New(fault.NotFound, "folder %s is not read any more", e.Root)
	}
	if v.extended {
		o, err := s.openObject(ctx, v, e, person)
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
	v.mu.RLock()
	body, _, err := v.dir.read(e.Path)
	v.mu.RUnlock()
	if err != nil {
		return none, fault.New(fault.NotFound, "read document: %s", plain(err)) // the path stands in the trail
	}
	doc, err := readDocument(person, name, body)
	if err != nil {
		return none, err
	}
	if name.DataType == ssmix2.PatientDemographics { // of which only the allergies are content
		doc.Kind, doc.Demographics = clinical.KindAllergy, nil
	}
	return doc, nil
}
