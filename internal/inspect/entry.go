package inspect

import (
	"cmp"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// The entries of a document as people look for them in a terminal: one level deep,
// words beside codes, nothing that the source left empty.
type (
	demographicsEntry struct {
		Name      string       `json:"name"`
		Kana      string       `json:"kana,omitempty"`
		BirthDate string       `json:"birth_date"`
		Sex       clinical.Sex `json:"sex"`
		Postcode  string       `json:"postcode,omitempty"`
		Address   string       `json:"address,omitempty"`
		Phone     string       `json:"phone,omitempty"`
	}
	encounterEntry struct {
		Event       clinical.EncounterEvent `json:"event"`
		Class       string                  `json:"class,omitempty"`
		Ward        string                  `json:"ward,omitempty"`
		Room        string                  `json:"room,omitempty"`
		Bed         string                  `json:"bed,omitempty"`
		Department  string                  `json:"department,omitempty"`
		Start       clinical.Time           `json:"start,omitempty"`
		End         clinical.Time           `json:"end,omitempty"`
		Disposition string                  `json:"disposition,omitempty"`
		Attending   string                  `json:"attending,omitempty"`
		PriorWard   string                  `json:"prior_ward,omitempty"`
		PriorRoom   string                  `json:"prior_room,omitempty"`
		PriorBed    string                  `json:"prior_bed,omitempty"`
		Admitting   string                  `json:"admitting,omitempty"`
		Urgency     string                  `json:"urgency,omitempty"`
		Reason      string                  `json:"reason,omitempty"`
		Diagnoses   []string                `json:"diagnoses,omitempty"`
	}
	labEntry struct {
		Test      string        `json:"test"`
		Code      string        `json:"code,omitempty"`
		System    string        `json:"system,omitempty"`
		LocalCode string        `json:"local_code,omitempty"`
		Panel     string        `json:"panel,omitempty"`
		Specimen  string        `json:"specimen,omitempty"`
		Collected clinical.Time `json:"collected,omitempty"`
		Value     string        `json:"value,omitempty"`
		Unit      string        `json:"unit,omitempty"`
		Range     string        `json:"range,omitempty"`
		Flag      string        `json:"flag,omitempty"`
		Status    string        `json:"status,omitempty"`
		Ordered   bool          `json:"ordered,omitempty"`

		Site           string   `json:"specimen_site,omitempty"`
		SubID          string   `json:"sub_id,omitempty"`
		Organism       string   `json:"organism,omitempty"`
		Susceptibility bool     `json:"susceptibility,omitempty"`
		Comments       []string `json:"comments,omitempty"`
		PanelComments  []string `json:"panel_comments,omitempty"`
		Observation    bool     `json:"observation,omitempty"` // came along with a document of another kind

		Priority string        `json:"priority,omitempty"`
		Due      clinical.Time `json:"due,omitempty"`
		Purpose  string        `json:"purpose,omitempty"`
		Danger   string        `json:"danger,omitempty"`
		State    []string      `json:"specimen_condition,omitempty"`
		Rejected []string      `json:"specimen_rejected,omitempty"`

		OrderStatus clinical.OrderStatus `json:"order_status,omitempty"`
	}
	conditionEntry struct {
		Disease   string        `json:"disease"`
		Code      string        `json:"code,omitempty"`
		System    string        `json:"system,omitempty"`
		LocalCode string        `json:"local_code,omitempty"`
		ICD10     string        `json:"icd10,omitempty"`
		Start     clinical.Time `json:"start,omitempty"`
		End       clinical.Time `json:"end,omitempty"`
		Outcome   string        `json:"outcome,omitempty"`
		Main      bool          `json:"main,omitempty"`
		Suspected bool          `json:"suspected,omitempty"`
		Prefixes  []string      `json:"prefixes,omitempty"`
		Suffixes  []string      `json:"suffixes,omitempty"`
		Comments  []string      `json:"comments,omitempty"`

		Department      string `json:"department,omitempty"`
		Certainty       string `json:"certainty,omitempty"`
		Prognosis       string `json:"prognosis,omitempty"`
		Awareness       string `json:"awareness,omitempty"`
		FamilyAwareness string `json:"family_awareness,omitempty"`
		Sensitivity     string `json:"sensitivity,omitempty"`
	}
	allergyEntry struct {
		Allergen string `json:"allergen,omitempty"`
		Code     string `json:"code,omitempty"`
		Type     string `json:"type,omitempty"`
		Severity string `json:"severity,omitempty"`
		Reaction string `json:"reaction,omitempty"`
		Onset    string `json:"onset,omitempty"`
		None     bool   `json:"none,omitempty"` // the record says that there are none

		Status      string        `json:"status,omitempty"`
		Sensitivity string        `json:"sensitivity,omitempty"`
		Group       string        `json:"group,omitempty"`
		Reported    clinical.Time `json:"reported,omitempty"`
		Comment     string        `json:"comment,omitempty"`
		Stated      bool          `json:"stated,omitempty"` // came along with a document of another kind: no list of the patient's
	}
	trialEntry struct {
		Trial string `json:"trial"` // that drugs or tests are part of
	}
	commentEntry struct {
		Comment string `json:"comment"` // on the whole document
	}
	sectionEntry struct {
		Heading string `json:"heading,omitempty"`
		Level   int    `json:"level,omitempty"`
		Text    string `json:"text,omitempty"` // paragraphs and items a line each, cells parted by tabs
	}
	fileEntry struct {
		File      string `json:"file"`
		MediaType string `json:"media_type"`
		Size      int64  `json:"size"`
		Main      bool   `json:"main,omitempty"`
	}
)

// entriesOf lists what a document holds; it has content of one kind.
func entriesOf(d clinical.Document) []any {
	var out []any
	if p := d.Demographics; p != nil {
		out = append(out, demographicsEntry{p.Name, p.Kana, p.BirthDate, p.Sex, p.Postcode, p.Address, p.Phone})
	}
	if e := d.Encounter; e != nil {
		out = append(out, encounterEntry{
			e.Event, e.Class, e.Ward, e.Room, e.Bed, e.Department, e.Start, e.End, e.Disposition, staffName(e.Attending), e.PriorWard, e.PriorRoom, e.PriorBed,
			staffName(e.Admitting), e.Urgency.Label(), e.Reason.Label(), labels(e.Diagnoses),
		})
	}
	for _, c := range d.Comments {
		out = append(out, commentEntry{c})
	}
	for _, m := range d.Medications {
		out = append(out, drugOf(m))
	}
	for _, i := range d.Injections {
		out = append(out, injectionOf(i))
	}
	for _, r := range d.LabResults {
		out = append(out, labOf(r))
	}
	for _, v := range d.Vitals {
		out = append(out, labOf(v))
	}
	for _, e := range d.Examinations {
		out = append(out, examinationOf(e))
	}
	for _, f := range d.Diets {
		out = append(out, dietOf(f))
	}
	for _, o := range d.Observations {
		entry := labOf(o)
		entry.Observation = true
		out = append(out, entry)
	}
	for _, c := range d.Conditions {
		out = append(out, conditionOf(c))
	}
	if a := d.Allergies; a != nil {
		if a.None {
			out = append(out, allergyEntry{None: true})
		}
		for _, e := range a.Entries {
			out = append(out, allergyOf(e))
		}
	}
	for _, e := range d.StatedAllergies {
		entry := allergyOf(e)
		entry.Stated = true
		out = append(out, entry)
	}
	for _, t := range d.Trials {
		out = append(out, trialEntry{t})
	}
	if d.Text != nil {
		out = append(out, textOf(*d.Text)...)
	}
	return out
}

func allergyOf(e clinical.Allergy) allergyEntry {
	return allergyEntry{
		Allergen: e.Allergen.Label(), Code: codeOf(e.Allergen), Type: e.Type.Label(), Severity: e.Severity.Label(),
		Reaction: e.Reaction, Onset: e.Onset, Status: e.Status.Label(), Sensitivity: e.Sensitivity.Label(),
		Group: e.Group.Label(), Reported: e.Reported, Comment: e.Comment,
	}
}

func textOf(t clinical.Text) []any {
	var out []any
	for _, s := range t.Sections {
		var lines []string
		for _, b := range s.Blocks {
			if b.Paragraph != "" {
				lines = append(lines, b.Paragraph)
			}
			lines = append(lines, b.List...)
			for _, row := range b.Table {
				lines = append(lines, strings.Join(row, "\t"))
			}
		}
		out = append(out, sectionEntry{s.Heading, s.Level, strings.Join(lines, "\n")})
	}
	for _, f := range t.Files {
		out = append(out, fileEntry{f.Name, f.MediaType, f.Size, f.Main})
	}
	return out
}

// codeOf is the standard code, else the facility's own.
func codeOf(c clinical.Coded) string {
	if c.Code != "" {
		return c.Code
	}
	return c.LocalCode
}

func labels(all []clinical.Coded) []string {
	var out []string
	for _, c := range all {
		out = append(out, c.Label())
	}
	return out
}

// staffName is the name, else the number that the hospital gave; empty for nobody.
func staffName(s *clinical.Staff) string {
	if s == nil {
		return ""
	}
	return cmp.Or(s.Name, s.ID)
}

func labOf(r clinical.LabResult) labEntry {
	value := r.Value
	if value == "" {
		value = r.Coded.Label()
	}
	test := r.Test.Value()
	entry := labEntry{
		Test: test.Label(), Code: codeOf(test), System: test.System, LocalCode: test.LocalCode,
		Panel: r.Panel.Label(), Specimen: r.Specimen.Label(), Collected: r.Collected,
		Value: value, Unit: r.Unit.Label(), Range: r.Range, Flag: r.Flag, Status: r.Status, Ordered: r.Ordered,
		Site: r.SpecimenSite.Label(), SubID: r.SubID, Organism: r.Organism.Label(), Susceptibility: r.Susceptibility,
		Comments: r.Comments, PanelComments: r.PanelComments,
	}
	if c := r.Circumstances; c != nil {
		entry.Priority, entry.Due, entry.Purpose, entry.Danger = c.Priority.Label(), c.Due, c.Purpose, c.Danger.Label()
		entry.State, entry.Rejected = labels(c.State), labels(c.Rejected)
		entry.OrderStatus = c.OrderStatus
	}
	return entry
}

func conditionOf(c clinical.Condition) conditionEntry {
	return conditionEntry{
		Disease: c.Disease.Label(), Code: codeOf(c.Disease), System: c.Disease.System, LocalCode: c.Disease.LocalCode,
		ICD10: c.ICD10, Start: c.Start, End: c.End, Outcome: c.Outcome.Label(), Main: c.Main, Suspected: c.Suspected,
		Prefixes: labels(c.Prefixes), Suffixes: labels(c.Suffixes), Comments: c.Comments,
		Department: c.Department, Certainty: c.Certainty.Label(), Prognosis: c.Prognosis.Label(),
		Awareness: c.Awareness.Label(), FamilyAwareness: c.FamilyAwareness, Sensitivity: c.Sensitivity.Label(),
	}
}
