package source

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// recordAge is how long a disclosure holds documents against what it knows of the patient
// before it looks again who that is.
const recordAge = time.Second

// Contents reads documents again for one disclosure. It is not safe for concurrent use.
type Contents struct {
	source  *Source
	patient ident.LocalPatientID
	held    holding
	at      time.Time // when that was read
	patience
}

// Contents begins a disclosure.
func (s *Source) Contents() *Contents { return &Contents{source: s} }

// Read reads one document. What has been replaced, withdrawn, has become unreadable or names
// another person since it was indexed is an error, and the patient is read again. What may
// still be being written is waited for a little, and then unavailable
// ([wire.KeyBeingWritten]).
func (c *Contents) Read(ctx context.Context, e index.Entry) (clinical.Document, error) {
	doc, err := c.read(ctx, e)
	if err != nil && ctx.Err() == nil {
		c.source.soon(e.PatientID, 0)
	}
	return doc, err
}

// know gives who the patient is, read anew unless it has just been read.
func (c *Contents) know(ctx context.Context, id ident.LocalPatientID) (holding, error) {
	now := c.source.Clock()
	if c.patient == id && now.Sub(c.at) < recordAge {
		return c.held, nil
	}
	held, err := c.source.holdingOf(ctx, id)
	if err != nil {
		c.patient = ""
		return holding{}, err
	}
	c.patient, c.held, c.at = id, held, now
	return held, nil
}

func (c *Contents) read(ctx context.Context, e index.Entry) (clinical.Document, error) {
	s := c.source
	none := clinical.Document{}
	v := s.volumeOf(e.Root)
	if v == nil {
		return none, fault.New(fault.NotFound, "folder %s is not read any more", e.Root)
	}
	if err := v.missing(); err != nil {
		return none, err
	}
	if v.extended {
		o, err := s.openObject(ctx, v, e, c.know, &c.patience)
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
	body, err := c.body(ctx, v, e)
	if err != nil {
		if ctx.Err() != nil || fault.Is(err, fault.Unavailable) {
			return none, err
		}
		return none, fault.New(fault.NotFound, "read document: %s", plain(err)) // the path stands in the trail
	}
	held, err := c.know(ctx, e.PatientID)
	if err != nil {
		return none, err
	}
	doc, err := ssmix2.ReadDocumentOf(name, body, held.of(name))
	if err != nil {
		return none, err
	}
	if name.DataType == ssmix2.PatientDemographics { // of which only the allergies are content
		doc.Kind, doc.Demographics = clinical.KindAllergy, nil
	}
	return doc, nil
}
