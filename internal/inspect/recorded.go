package inspect

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// Recorded is what the head of an image or a waveform says.
type Recorded struct {
	Study             string `json:"study_instance_uid,omitempty"`
	Series            string `json:"series_instance_uid,omitempty"`
	Instance          string `json:"sop_instance_uid,omitempty"`
	SOPClass          string `json:"sop_class_uid,omitempty"`
	TransferSyntax    string `json:"transfer_syntax_uid,omitempty"`
	Modality          string `json:"modality,omitempty"`
	StudyDate         string `json:"study_date,omitempty"` // dates YYYYMMDD
	StudyTime         string `json:"study_time,omitempty"`
	SeriesDate        string `json:"series_date,omitempty"`
	AcquisitionDate   string `json:"acquisition_date,omitempty"`
	ContentDate       string `json:"content_date,omitempty"`
	Accession         string `json:"accession_number,omitempty"`
	StudyID           string `json:"study_id,omitempty"`
	SeriesNumber      string `json:"series_number,omitempty"`
	InstanceNumber    string `json:"instance_number,omitempty"`
	StudyDescription  string `json:"study_description,omitempty"`
	SeriesDescription string `json:"series_description,omitempty"`

	SubjectID string         `json:"subject_id,omitempty"` // patient number in the file, where patient_id is the folder's
	BirthDate string         `json:"birth_date,omitempty"` // YYYY-MM-DD
	Sex       string         `json:"sex,omitempty"`
	Names     []recordedName `json:"person_names,omitempty"`

	*Waveform
	Further []Waveform `json:"further_waveforms,omitempty"`
}

// recordedName is a name with whose it is: of DICOM by groups, else as it is written.
type recordedName struct {
	Role        string `json:"role"`
	Name        string `json:"name,omitempty"`
	Alphabetic  string `json:"alphabetic,omitempty"`
	Ideographic string `json:"ideographic,omitempty"`
	Phonetic    string `json:"phonetic,omitempty"`
}

// Waveform is what was recorded at once. What differs among its leads is in Channels alone.
type Waveform struct {
	Name      string            `json:"waveform,omitempty"` // what the file calls it
	Leads     []string          `json:"leads"`              // in the order of the file
	Rate      float64           `json:"rate,omitempty"`     // Hz
	Scale     float64           `json:"scale,omitempty"`    // of a step of one, in ScaleUnit
	ScaleUnit string            `json:"scale_unit,omitempty"`
	Samples   int64             `json:"samples,omitempty"`  // of each lead
	Duration  float64           `json:"duration,omitempty"` // s
	Channels  []waveformChannel `json:"channels,omitempty"`
}

type waveformChannel struct {
	Lead      string  `json:"lead"`
	Rate      float64 `json:"rate,omitempty"`
	Scale     float64 `json:"scale,omitempty"`
	ScaleUnit string  `json:"scale_unit,omitempty"`
	Samples   int64   `json:"samples"`
	Duration  float64 `json:"duration,omitempty"`
}

func waveformOf(p waveform.Part) Waveform {
	w := Waveform{Name: p.Name}
	for _, l := range p.Leads {
		w.Leads = append(w.Leads, l.Name)
		w.Channels = append(w.Channels, waveformChannel{l.Name, l.Rate, l.Scale, l.Unit, l.Samples, l.Seconds()})
	}
	first, same := p.Leads[0], true
	alike := func(is func(l waveform.Lead) bool) bool {
		all := !slices.ContainsFunc(p.Leads, func(l waveform.Lead) bool { return !is(l) })
		same = same && all
		return all
	}
	if alike(func(l waveform.Lead) bool { return l.Rate == first.Rate }) {
		w.Rate = first.Rate
	}
	if alike(func(l waveform.Lead) bool { return l.Scale == first.Scale && l.Unit == first.Unit }) {
		w.Scale, w.ScaleUnit = first.Scale, first.Unit
	}
	if alike(func(l waveform.Lead) bool { return l.Samples == first.Samples }) {
		w.Samples = first.Samples
	}
	if alike(func(l waveform.Lead) bool { return l.Seconds() == first.Seconds() }) {
		w.Duration = first.Seconds()
	}
	if same {
		w.Channels = nil
	}
	return w
}

// parts takes in what was recorded: first what the file has first.
func (r *Recorded) parts(parts []waveform.Part) {
	for i, p := range parts {
		w := waveformOf(p)
		if i == 0 {
			r.Waveform = &w
			continue
		}
		r.Further = append(r.Further, w)
	}
}

// recording reads the heads of images and waveforms.
type recording struct {
	is    Format
	media string
	read  func(f *file) (Recorded, []string, error)
}

// recordings are told apart by their first bytes; of annotated ECGs see [documentElement].
var recordings = []recording{
	{FormatDICOM, "application/dicom", (*file).object},
	{FormatMFER, "application/x-mfer", func(f *file) (Recorded, []string, error) {
		in, err := f.stream(maxWaveform)
		if err != nil {
			return Recorded{}, nil, err
		}
		return recordedOf(waveform.ReadMFER(in))
	}},
	{FormatSCP, "application/x-scp-ecg", (*file).scp},
	{FormatAECG, "application/xml", func(f *file) (Recorded, []string, error) {
		body, err := f.all(cda.MaxBytes)
		if err != nil {
			return Recorded{}, nil, err
		}
		return recordedOf(waveform.ReadAnnotated(body))
	}},
}

func (r recording) format() Format { return r.is }

func (r recording) claims(f *file) bool {
	return extended.MediaType(f.head) == r.media && (r.is != FormatAECG || documentElement(f.head) == cda.AnnotatedECG)
}

func (r recording) lines(f *file) iter.Seq[Line] {
	head, warnings, err := r.read(f)
	content := &Content{MediaType: r.media, PatientID: head.SubjectID, Recorded: &head}
	head.SubjectID = ""
	line := Line{Content: content, Warnings: warnings, Valid: err == nil}
	if err != nil {
		line.Error = err.Error()
	}
	return just(line)
}

// recorded adds to the content of a file in a content folder what its head says, if it is
// an image or a waveform. What a gateway shows as it is is a warning here.
func (f *file) recorded(c *Content) (warnings []string) {
	i := slices.IndexFunc(recordings, func(r recording) bool { return r.claims(f) })
	if i < 0 {
		return nil
	}
	head, warnings, err := recordings[i].read(f)
	if head.SubjectID == c.PatientID {
		head.SubjectID = ""
	}
	c.Recorded = &head
	if err != nil {
		warnings = append(warnings, "shown as it is, though it cannot be read to its end: "+err.Error())
	}
	return warnings
}

const (
	// maxImage and maxWaveform bound what is read of one. What is passed over does not count,
	// but the fragments of compressed pixels are many.
	maxImage    = 64 << 20
	maxWaveform = 16 << 20
)

// stream goes through the file from its begin, of which it reads so much at most.
func (f *file) stream(budget int64) (*stream.Reader, error) {
	if _, err := f.in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return stream.New(f.in, f.info.Size(), &budget), nil
}

// object reads a DICOM object.
func (f *file) object() (Recorded, []string, error) {
	in, err := f.stream(maxImage)
	if err != nil {
		return Recorded{}, nil, err
	}
	o, err := dicom.Read(in)
	r := Recorded{
		Study: o.Study, Series: o.Series, Instance: o.SOPInstance, SOPClass: o.SOPClass, TransferSyntax: o.TransferSyntax, Modality: o.Modality,
		StudyDate: o.StudyDate, StudyTime: o.StudyTime, SeriesDate: o.SeriesDate, AcquisitionDate: o.AcquisitionDate, ContentDate: o.ContentDate,
		Accession: o.Accession, StudyID: o.StudyID, SeriesNumber: o.SeriesNumber, InstanceNumber: o.InstanceNumber,
		StudyDescription: o.StudyDescription, SeriesDescription: o.SeriesDescription,
		SubjectID: o.PatientID, BirthDate: dashed(o.BirthDate), Sex: o.Sex,
	}
	for _, p := range o.People {
		r.Names = append(r.Names, recordedName{Role: string(p.Role), Alphabetic: p.Alphabetic, Ideographic: p.Ideographic, Phonetic: p.Phonetic})
	}
	r.parts(o.Waveforms)
	return r, o.Warnings, err
}

// scp reads an ECG of SCP-ECG, and holds its checksums.
func (f *file) scp() (Recorded, []string, error) {
	in, err := f.stream(maxWaveform)
	if err != nil {
		return Recorded{}, nil, err
	}
	r, warnings, err := recordedOf(waveform.ReadSCP(in))
	if err != nil {
		return r, warnings, err
	}
	if f.info.Size() > maxWaveform {
		return r, append(warnings, fmt.Sprintf("its checksums were not checked: more than %d bytes", maxWaveform)), nil
	}
	body, err := f.all(maxWaveform)
	return r, append(warnings, waveform.Checksums(body)...), err
}

const severalNumbers = "several patient numbers: the first is shown"

// recordedOf gives what a recording says, as far as it could be read.
func recordedOf(w waveform.Recording, err error) (Recorded, []string, error) {
	var r Recorded
	warnings := w.Warnings
	for _, s := range w.Subjects {
		switch {
		case s.ID == "" || s.ID == r.SubjectID:
		case r.SubjectID == "":
			r.SubjectID = s.ID
		case !slices.Contains(warnings, severalNumbers):
			warnings = append(warnings, severalNumbers)
		}
		if s.BirthDate != "" {
			r.BirthDate = dashed(s.BirthDate)
		}
		if s.Sex == clinical.Male || s.Sex == clinical.Female {
			r.Sex = string(s.Sex)
		}
		for _, n := range s.Names {
			name := recordedName{Role: string(dicom.Patient), Name: strings.TrimSpace(n.Family + " " + n.Given)}
			if name.Name != "" && !n.Unlikely && !slices.Contains(r.Names, name) {
				r.Names = append(r.Names, name)
			}
		}
	}
	r.parts(w.Parts)
	return r, warnings, err
}
