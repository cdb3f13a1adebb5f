package page

import (
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// ItemDocument is one document with the catalog entry that it belongs to.
type ItemDocument struct {
	Item     wire.Item
	Document clinical.Document

	stopped map[int]clinical.Time // of dispensed drugs, since when the order behind is discontinued, see [withOrders]
	ties    map[int]tie           // of injections, see [withGivings]
}

// Medications is the page of prescriptions, dispensing and injections.
type Medications struct{ Patient }

func (Medications) view() string { return "medications" }

// Labs is the page of laboratory results.
type Labs struct{ Patient }

func (Labs) view() string { return "labs" }

// Conditions is the page of diagnoses.
type Conditions struct{ Patient }

func (Conditions) view() string { return "conditions" }

// Encounters is the page of receptions and admissions.
type Encounters struct{ Patient }

func (Encounters) view() string { return "encounters" }

// Part is what one facility contributes to a page: the answer to GET
// /patients/{person}/views/{view}/{facility}. The page around it merges the parts
// of all facilities in order.
type Part struct {
	Facility Facility
	At       time.Time       // when the facility answered
	Earlier  int             // documents of before the period that go on in it
	Refused  int             // documents that the facility's gateway held back
	Lacking  []clinical.Kind // of which something did not come or cannot be read: "none on record" is not said of them

	Medications []MedicationRow
	Injections  []InjectionRow
	Courses     []Course
	Labs        []Lab
	Conditions  []ConditionRow
	Encounters  []EncounterRow
	Exams       []ExamRow
	VitalRows   []VitalRow
	Cultures    []CultureRow
	Vitals      []Vital     // what has a place on the chart
	Allergy     *AllergyRow // nil: the facility does not share allergies here
}

// Answer is what one facility answered: documents about a person, of the kinds that were
// asked for.
type Answer struct {
	Kinds     []clinical.Kind
	Documents []ItemDocument
	Earlier   int             // of Documents, those of before the period
	Refused   int             // documents that the facility's gateway held back
	Lacking   []clinical.Kind // of Kinds: there is something that did not come
}

func (Part) view() string { return "part" }

// NewPart builds a facility's part from what it answered. An allergy list that was asked
// for and is not there means that nothing is registered, unless one is lacking.
func NewPart(f Facility, person ident.PersonID, a Answer, lang string, at time.Time) Part {
	p := Part{Facility: f, At: at, Earlier: a.Earlier, Refused: a.Refused, Lacking: a.Lacking}
	words := wordsOf(lang)
	var lists []clinical.AllergyList
	for _, d := range withGivings(withOrders(a.Documents), a.Refused == 0 && !slices.Contains(a.Lacking, clinical.KindInjection)) {
		switch d.Document.Kind {
		case clinical.KindPrescription, clinical.KindDispensing:
			p.Medications = append(p.Medications, words.medications(f, d)...)
			p.Courses = append(p.Courses, words.courses(f, d)...)
		case clinical.KindInjection:
			p.Injections = append(p.Injections, words.injections(f, d, at)...)
			p.Courses = append(p.Courses, words.courses(f, d)...)
		case clinical.KindLab:
			p.Labs = append(p.Labs, words.labs(f, d)...)
			p.Cultures = append(p.Cultures, words.cultures(f, d)...)
		case clinical.KindCondition:
			p.Conditions = append(p.Conditions, words.conditions(f, d)...)
		case clinical.KindEncounter:
			p.Encounters = append(p.Encounters, words.encounters(f, d)...)
		case clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology:
			p.Exams = append(p.Exams, words.exams(f, d)...)
		case clinical.KindReport:
			p.Exams = append(p.Exams, words.report(f, d)...)
		case clinical.KindVital:
			p.VitalRows = append(p.VitalRows, words.vitalRows(f, d)...)
			p.Vitals = append(p.Vitals, drawn(words.vitals(f, d))...)
		case clinical.KindAllergy:
			if d.Document.Allergies != nil {
				lists = append(lists, *d.Document.Allergies)
			}
		}
	}
	p.Encounters = mergeStays(p.Encounters)
	p.Exams = foldExams(p.Exams)
	for i := range p.Exams {
		p.Exams[i].Open = "/patients/" + string(person) + "/items/" + string(f.ID) + "/" + string(p.Exams[i].Item)
	}
	linkExams(p.Exams)
	newestFirst(p.Exams, func(r ExamRow) string { return r.Sort })
	newestFirst(p.Cultures, func(r CultureRow) string { return r.Sort })
	newestFirst(p.VitalRows, func(r VitalRow) string { return r.Sort })
	if slices.Contains(a.Kinds, clinical.KindAllergy) {
		row := words.allergy(f, lists)
		row.lack(slices.Contains(a.Lacking, clinical.KindAllergy))
		p.Allergy = &row
	}
	return p
}

// newestFirst orders rows by their keys, descending.
func newestFirst[T any](rows []T, key func(T) string) {
	slices.SortStableFunc(rows, func(a, b T) int { return strings.Compare(key(b), key(a)) })
}

// Items is the content that a click opens in place: the answer to GET
// /patients/{person}/items/{facility}/{item}, also for several items at once.
type Items struct {
	Person   ident.PersonID
	Facility Facility
	Contents []Content
	Missing  int // items asked for that did not come: withdrawn, replaced, or held back
}

func (Items) view() string { return "items" }

// Content is one document opened in place. One of the lists is filled, by Kind.
type Content struct {
	Item        ident.ItemID
	Kind        clinical.Kind
	DataType    string
	Date        string // YYYYMMDD
	Time        string // HHMM
	Department  string // in words
	Requester   string
	OrderedAt   string // where the requester works, if not at the document's facility
	Performer   string // who carried it out …
	PerformedAt string // … and where, if not at the document's facility: a notebook's pharmacy
	Medications []MedicationRow
	Injections  []InjectionRow
	Labs        []Lab
	Asked       []AskedPanel // tests that were ordered and have no result here
	Conditions  []ConditionRow
	Encounters  []EncounterRow
	Allergy     *AllergyRow
	Exams       []ExamRow
	VitalRows   []VitalRow
	Diets       []DietRow
	Written     *Written
	Cultures    []CultureRow
	Observed    []Lab          // height, weight and the like that came along
	Comments    []string       // on the whole document
	Stated      []AllergyEntry // that came along with a document of another kind
	Trials      []string       // that its drugs or tests are part of
	Warnings    int            // places that were read tolerantly
}

// NewItems builds the content in place from the documents of one facility, in their order.
func NewItems(person ident.PersonID, f Facility, docs []ItemDocument, asked int, lang string) Items {
	words := wordsOf(lang)
	out := Items{Person: person, Facility: f, Missing: max(asked-len(docs), 0)}
	for _, d := range withOrders(docs) {
		out.Contents = append(out.Contents, words.content(f, d))
	}
	return out
}

func (w words) content(f Facility, d ItemDocument) Content {
	c := Content{
		Item: d.Item.ID, Kind: d.Document.Kind, DataType: d.Document.DataType,
		Date: d.Item.Date, Time: d.Item.Time, Department: w.department(departmentOf(d)),
		Warnings: len(d.Document.Warnings),
	}
	c.Comments, c.Observed = slices.Clone(d.Document.Comments), w.results(f, d, d.Document.Observations)
	c.Stated, c.Trials = w.stated(d.Document), d.Document.Trials
	if d.Document.Requester != nil {
		c.Requester = d.Document.Requester.Name
	}
	c.OrderedAt, c.PerformedAt = d.Document.RequestingFacility, d.Document.Facility
	if d.Document.Performer != nil {
		c.Performer = d.Document.Performer.Name
	}
	switch c.Kind {
	case clinical.KindPrescription, clinical.KindDispensing:
		c.Medications = w.medications(f, d)
	case clinical.KindInjection:
		c.Injections = w.injections(f, d, time.Time{})
	case clinical.KindLab:
		c.Labs, c.Cultures, c.Asked = w.labs(f, d), w.cultures(f, d), w.asked(d)
		c.Comments = append(c.Comments, w.panelComments(d.Document.LabResults)...)
	case clinical.KindCondition:
		c.Conditions = w.conditions(f, d)
	case clinical.KindEncounter:
		c.Encounters = opened(w.encounters(f, d))
	case clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology:
		c.Exams = w.exams(f, d)
	case clinical.KindVital:
		c.VitalRows = w.vitalRows(f, d)
	case clinical.KindDiet:
		c.Diets = w.diets(d)
	case clinical.KindAllergy:
		if d.Document.Allergies != nil {
			row := w.allergy(f, []clinical.AllergyList{*d.Document.Allergies})
			c.Allergy = &row
		}
	}
	if d.Document.Text != nil {
		c.Written = w.written(*d.Document.Text)
	}
	return c
}

// departmentOf prefers the catalog's department, which the file's place in the storage gave.
func departmentOf(d ItemDocument) string {
	if d.Item.Department != "" {
		return d.Item.Department
	}
	return d.Document.Department
}

// sortKey orders rows newest first as text: date, then time, then what keeps
// the rows of one document together. Pages compare it byte by byte, descending.
func sortKey(d ItemDocument, more string) string {
	hhmm := d.Item.Time
	if hhmm == "" {
		hhmm = "0000"
	}
	return d.Item.Date + hhmm + "|" + more
}

// titleIn is what a document in place is called: its own title, else its kind.
func (p phrases) titleIn(c Content) string {
	if c.Written != nil && c.Written.Title != "" {
		return c.Written.Title
	}
	name := p.named("kind_one", c.Kind)
	if ordersOnly(c.Kind, c.DataType) {
		return TextOf(p.lang, Message{Key: "item.order", Params: map[string]any{"kind": name}})
	}
	return name
}

// specimenOf is the specimen that all results of a report share, to be said once; empty
// where they differ.
func specimenOf(labs []Lab) string {
	if len(labs) == 0 || slices.ContainsFunc(labs, func(l Lab) bool { return l.Specimen != labs[0].Specimen }) {
		return ""
	}
	return labs[0].Specimen
}
