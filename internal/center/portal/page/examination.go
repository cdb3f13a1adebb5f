package page

import (
	"fmt"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// ExamRow is an examination with an image, a trace or a scope, as it was ordered or
// performed, or in the list of examinations the report about one.
type ExamRow struct {
	Sort       string
	Facility   Facility
	Item       ident.ItemID
	Kind       clinical.Kind
	Open       string // address of its content in place, for a list
	At         string // for people
	Name       string
	Code       string
	Modality   string
	Performed  bool
	Report     bool // a report: neither ordered nor performed
	Status     string
	Purpose    string
	Accession  string
	End        string
	Priority   string // how urgent; empty for routine
	Order      clinical.OrderStatus
	Danger     string // what staff must beware of
	Protocol   string
	Specimens  []string
	Further    []string // modalities and numbers of further studies
	Comments   []string
	Findings   []Lab
	Procedures []ProcedureRow
	Authors    []string // of a report
	Department string

	// Links go from an examination to its reports and back, where both are on the page.
	Links []ExamLink

	order, parent string   // numbers of the order and of the larger one that it is part of
	numbers       []string // by which examination and report are known to be of each other
}

// ProcedureRow is one thing done in an examination, with what it took.
type ProcedureRow struct {
	Name      string
	Planned   bool // not done yet
	Role      string
	Findings  []Lab
	Comments  []string
	Count     string
	Staff     []string
	Materials []string
	Exposures []string
}

func (w words) exams(f Facility, d ItemDocument) []ExamRow {
	var rows []ExamRow
	for i, e := range d.Document.Examinations {
		row := ExamRow{
			Facility: f, Item: d.Item.ID, Kind: d.Document.Kind, At: clinicalTime(e.At),
			Name: procedureName(e.Name.Label()), Code: codeOf(e.Name), Modality: e.Modality.Label(), Performed: e.Performed,
			Status: w.status(e.Status), Purpose: e.Purpose, Accession: e.Accession, Comments: e.Comments,
			End: clinicalTime(e.End), Danger: e.Danger.Label(), Protocol: e.Protocol.Label(), Specimens: w.labels(slices.Concat(e.Specimen, e.SpecimenSites), nil),
			Findings: w.results(f, d, e.Findings), Department: w.department(departmentOf(d)),
		}
		from := string(e.At.InJapan())
		if from == "" {
			from, row.At = d.Item.Date+d.Item.Time, clinicalTime(clinical.Time(d.Item.Date+d.Item.Time))
		}
		row.Sort = from + "|" + string(f.ID) + "|" + string(d.Item.ID) + fmt.Sprintf("|%03d", 999-i)
		if row.order, row.parent = e.OrderNo, e.Parent; row.order == "" {
			row.order = d.Document.OrderNo
		}
		row.numbers = append(row.numbers, row.order, row.parent, e.Accession)
		row.Priority, row.Order = w.urgency(e.Priority), e.OrderStatus
		for _, s := range e.Further {
			row.numbers = append(row.numbers, s.Accession)
			row.Further = append(row.Further, strings.TrimSpace(s.Modality.Label()+" "+s.Accession))
		}
		for _, p := range e.Items {
			row.Procedures = append(row.Procedures, w.procedure(f, d, p))
		}
		rows = append(rows, row)
	}
	return rows
}

// report is a written report as a row among examinations.
func (w words) report(f Facility, d ItemDocument) []ExamRow {
	t := d.Document.Text
	if t == nil {
		return nil
	}
	row := ExamRow{
		Sort:     sortKey(d, string(f.ID)+"|"+string(d.Item.ID)),
		Facility: f, Item: d.Item.ID, Kind: d.Document.Kind, Report: true, At: clinicalTime(clinical.Time(d.Item.Date + d.Item.Time)),
		Name: titleOf(*t), Authors: namesOf(t.Authors), Department: w.department(departmentOf(d)),
	}
	row.numbers = append(slices.Clone(t.Orders), d.Document.OrderNo)
	return []ExamRow{row}
}

// status puts a result status (HL7 table 0123) into words; an unknown one stays as written.
func (w words) status(code string) string {
	key := fault.Key("exam_status." + code)
	if known(key) {
		return TextOf(w.lang, Message{Key: key})
	}
	return code
}

// priority puts a priority (HL7 TQ1-9) into words.
func (w words) priority(c clinical.Coded) string {
	if key := fault.Key("priority." + c.Code); c.Code != "" && known(key) {
		return TextOf(w.lang, Message{Key: key})
	}
	return c.Label()
}

// urgency says how urgent something is; empty for routine.
func (w words) urgency(c clinical.Coded) string {
	if c.Code == "R" {
		return ""
	}
	return w.priority(c)
}

func (w words) procedure(f Facility, d ItemDocument, p clinical.Procedure) ProcedureRow {
	row := ProcedureRow{
		Name: p.Procedure.Label(), Count: p.Count, Staff: namesOf(p.Staff), Role: p.StaffRole,
		Planned: p.Planned, Findings: w.results(f, d, p.Findings), Comments: p.Comments,
	}
	for _, m := range p.Materials {
		row.Materials = append(row.Materials, strings.TrimSpace(m.Material.Label()+" "+w.amount(m.Amount, m.Unit)))
	}
	for _, e := range p.Exposures {
		var said []string
		for _, x := range []struct {
			key   fault.Key
			value string
		}{{"exam.voltage", e.Voltage}, {"exam.current", e.Current}, {"exam.distance", e.Distance}, {"exam.time", e.Time}, {"exam.count", e.Count}} {
			if x.value != "" {
				said = append(said, TextOf(w.lang, Message{Key: x.key, Params: map[string]any{"value": x.value}}))
			}
		}
		row.Exposures = append(row.Exposures, strings.TrimSpace(strings.Join(said, " ")+" "+e.Comment))
	}
	return row
}

func namesOf(staff []clinical.Staff) []string {
	var out []string
	for _, s := range staff {
		if s.Name != "" {
			out = append(out, s.Name)
		}
	}
	return out
}

// dietTypes are those of HL7 table 0159.
var dietTypes = map[string]bool{"D": true, "S": true, "P": true}

// DietRow is one diet order.
type DietRow struct {
	Type         string // D diet, S supplement, P preference; empty if not stated
	Diets        []string
	Periods      []string
	Start, End   string
	Usage        string
	Instructions []string
	Priority     string // how urgent; empty for routine
	Order        clinical.OrderStatus
}

func (w words) diets(d ItemDocument) []DietRow {
	var rows []DietRow
	for _, diet := range d.Document.Diets {
		row := DietRow{
			Diets: w.labels(diet.Diets, nil), Periods: w.labels(diet.Periods, nil), Start: clinicalTime(diet.Start), End: clinicalTime(diet.End),
			Usage: w.usage(diet.Usage), Instructions: diet.Instructions, Priority: w.urgency(diet.Priority), Order: diet.OrderStatus,
		}
		if tray := diet.Tray.Label(); tray != "" {
			row.Diets = append(row.Diets, tray)
		}
		if dietTypes[diet.Type] {
			row.Type = diet.Type
		}
		rows = append(rows, row)
	}
	return rows
}

// foldExams leaves out of a list what another row says better: an order of which the
// performance is there, and a larger order whose parts are. What only the row left out
// says of the purpose, or comments, goes to the ones that stay.
func foldExams(rows []ExamRow) []ExamRow {
	type key struct {
		kind      clinical.Kind
		order     string
		performed bool
	}
	at := map[key]ExamRow{}
	parts := map[key]bool{}
	for _, r := range rows {
		at[key{r.Kind, r.order, r.Performed}] = r
		parts[key{r.Kind, r.parent, r.Performed}] = true
	}
	var out []ExamRow
	for _, r := range rows {
		if single(r.order) && !r.Report {
			_, done := at[key{r.Kind, r.order, true}]
			if !r.Performed && done || parts[key{r.Kind, r.order, r.Performed}] {
				continue
			}
			for _, k := range []key{{r.Kind, r.parent, r.Performed}, {r.Kind, r.order, false}, {r.Kind, r.parent, false}} {
				whole, ok := at[k]
				if !ok || !single(k.order) {
					continue
				}
				if r.Purpose == "" {
					r.Purpose = whole.Purpose
				}
				if r.Comments == nil {
					r.Comments = whole.Comments
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// single reports whether an order number names one order: SS-MIX2 fills it with nines
// where there is none.
func single(order string) bool { return strings.Trim(order, "9") != "" }

// procedureName makes a JJ1017 name readable: its parts are joined by full stops, and a
// part that does not apply is a dash, which says nothing to who reads.
func procedureName(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 3 {
		return name
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "-" }), ".")
}
