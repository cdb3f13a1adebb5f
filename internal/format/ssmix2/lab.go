package ssmix2

import (
	"cmp"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// labResults reads OML-11: SPM, then OBR and ORC in either order, then OBX.
func (r *reader) labResults() error {
	if err := r.lab(false); err != nil {
		return err
	}
	if !r.msg.Has("OBX") {
		if !r.msg.Terminated {
			return r.missing("OBX")
		}
		obr := r.msg.First("OBR")
		r.warn(obr, 0, "no results")
	}
	return nil
}

// labOrders reads OML-01: a test for each OBX, or the panel where it lists none.
func (r *reader) labOrders() error { return r.lab(true) }

// panel is where a test stands: in which specimen and group of tests.
type panel struct {
	spm, obr  *hl7v2.Segment // nil if absent
	orc       *hl7v2.Segment
	tq1       []*hl7v2.Segment
	specimen  *clinical.Coded
	site      *clinical.Coded
	name      *clinical.Coded
	cancelled bool // by its ORC
	tests     int
	from      int // of its results in the document
	comments  []string
}

// labReader walks through the segments of a laboratory message.
type labReader struct {
	*reader
	ordered          bool // an order, OML-01
	at               panel
	panels, standing int
	specimens        side
	unnamed          bool             // there is no SPM
	orders           side             // of their panels, in what is no order itself
	order            *hl7v2.Segment   // ORC of the panels behind it
	reached          bool             // a panel of it
	ofOrder          []*hl7v2.Segment // TQ1 before the panels that its order has
	inCommon         int              // bytes that panels and results repeat, see [maxShared]
	found            map[strain]*clinical.Coded
	notes            noted // what a note is about: what stands before it
}

// side is where what belongs to a panel stands.
type side int

const (
	before side = iota
	behind
	untold
)

// sides tells where specimens and orders stand. The structures of HL7 v2.5: in OML^O33
// and OUL^R22 a specimen stands before its panels, in ORU^R01 behind its panel, as in the
// OML^O21 that some write under the name of O33: its first OBR has no specimen before it,
// its last specimen no OBR behind it. With the one and not the other nothing tells whose
// the specimens are. An ORC stands before what it orders, but in OUL^R22 behind its OBR.
func (r *reader) sides() (specimens, orders side) {
	obr, orc, spm := r.msg.First("OBR"), r.msg.First("ORC"), r.msg.First("SPM")
	if r.code == "OUL" && orc != nil && obr != nil && obr.Number < orc.Number {
		orders = behind
	}
	switch {
	case spm == nil || obr == nil || spm.Number < obr.Number:
		return before, orders
	case r.code == "ORU":
		return behind, orders
	}
	for n := r.msg.Len(); ; n-- {
		switch r.msg.Segment(n).Name {
		case "SPM":
			return behind, orders
		case "OBR":
			return untold, orders
		}
	}
}

// noted is what notes (NTE) are about.
type noted int

const (
	onDocument noted = iota
	onPanel
	onResult
	onObservation
	onNothing // what was left out, its notes with it
)

func (l *labReader) note(text string) {
	switch l.notes {
	case onDocument:
		l.doc.Comments = appendLine(l.doc.Comments, text)
	case onPanel:
		l.at.comments = appendLine(l.at.comments, text)
	case onResult:
		last := &l.doc.LabResults[len(l.doc.LabResults)-1]
		last.Comments = appendLine(last.Comments, text)
	case onObservation:
		last := &l.doc.Observations[len(l.doc.Observations)-1]
		last.Comments = appendLine(last.Comments, text)
	}
}

func (r *reader) lab(ordered bool) error {
	l := &labReader{reader: r, ordered: ordered}
	l.specimens, l.orders = r.sides()
	l.unnamed = !r.msg.Has("SPM")
	r.reserveResults()
	for s := range r.msg.All() {
		if l.inCommon > maxShared {
			return tooMuch(s)
		}
		switch s.Name {
		case "SPM":
			l.specimen(s)
		case "OBR":
			l.end()
			l.begin(l.panel(s))
		case "ORC":
			l.control(s)
		case "OBX":
			if err := l.entry(s); err != nil {
				return err
			}
		case "NTE":
			l.note(s.Text(3))
		case "TQ1":
			if l.at.obr == nil {
				l.ofOrder = append(l.ofOrder, s)
			} else {
				l.at.tq1 = append(l.at.tq1, s)
			}
		case "AL1":
			l.stateAllergy(s)
		case "CTI":
			l.trial(s)
		}
	}
	if !ordered && !r.msg.Terminated && l.at.obr != nil && l.at.tests == 0 {
		return r.missing("OBX")
	}
	l.end()
	if l.inCommon > maxShared {
		return tooMuch(r.last())
	}
	if len(r.doc.LabResults) == 0 {
		r.doc.LabResults = nil
	}
	if l.panels > 0 && l.standing == 0 {
		orc := r.msg.First("ORC")
		return orc.Errorf(1, "%w", ErrCancelled)
	}
	return nil
}

// specimen reads an SPM. An order that had its panels does not reach over it.
func (l *labReader) specimen(spm *hl7v2.Segment) {
	l.end()
	if l.reached {
		l.order, l.reached = nil, false
	}
	switch l.specimens {
	case behind:
		if spm != l.at.spm {
			l.warn(spm, 0, "second specimen of one panel, not shown")
		}
		l.begin(panel{spm: l.at.spm})
	case untold:
		l.warn(spm, 0, "specimen that may be of the panel before it or behind it, not shown")
		l.begin(panel{})
	default:
		l.begin(panel{spm: spm, specimen: l.known.coded(spm.Field(4)), site: l.known.coded(spm.Field(8))})
	}
}

// panel begins what an OBR is of. An order (OML) has panels, elsewhere each has an ORC of
// its own or none.
func (l *labReader) panel(obr *hl7v2.Segment) panel {
	p := panel{spm: l.at.spm, specimen: l.at.specimen, site: l.at.site, obr: obr, orc: l.order, name: l.known.name(obr.Field(4)), tq1: slices.Clip(l.ofOrder)}
	for _, tq1 := range l.ofOrder {
		l.inCommon += len(tq1.Raw())
	}
	if l.specimens == behind {
		p.spm = l.specimenOf(obr)
		p.specimen, p.site = l.known.coded(p.spm.Field(4)), l.known.coded(p.spm.Field(8))
	}
	if l.reached && l.code != "OML" {
		if l.takenBack(l.order) {
			l.warn(obr, 0, "panel without an ORC of its own behind a cancelled one, read as standing")
		}
		p.orc, l.order = nil, nil
	}
	if l.unnamed {
		p.specimen = sourceOf(obr)
	}
	l.reached = l.order != nil
	p.cancelled = l.takenBack(p.orc)
	return p
}

// takenBack reports whether an order of what should be current is cancelled.
func (l *labReader) takenBack(orc *hl7v2.Segment) bool {
	return l.name.Flag == Current && cancelled(orc)
}

// specimenOf finds the specimen that stands behind a panel, nil for none.
func (l *labReader) specimenOf(obr *hl7v2.Segment) *hl7v2.Segment {
	for n := obr.Number + 1; ; n++ {
		switch s := l.msg.Segment(n); {
		case s == nil || s.Name == "OBR" || s.Name == "ORC" && l.orders == before && !l.beforeResults(s):
			return nil
		case s.Name == "SPM":
			return s
		}
	}
}

// begin begins a panel, or a specimen whose panels follow.
func (l *labReader) begin(p panel) {
	p.from = len(l.doc.LabResults)
	l.at = p
	if l.notes = onPanel; p.obr == nil {
		l.notes = onDocument
	}
}

// control reads an ORC. It stands before its OBRs in an order and in old results,
// behind its OBR in results as SS-MIX2 writes them.
func (l *labReader) control(orc *hl7v2.Segment) {
	if !l.ordered && l.at.obr != nil && l.at.tests == 0 && (l.orders == behind || l.beforeResults(orc)) {
		l.at.orc, l.at.cancelled = orc, l.takenBack(orc)
	} else {
		l.ofOrder = nil
		l.end()
		l.begin(panel{spm: l.at.spm, specimen: l.at.specimen, site: l.at.site})
		l.order, l.reached = orc, false
	}
	if l.takenBack(orc) {
		l.warn(orc, 1, "cancelled entry, left out")
		l.notes = onNothing
	}
}

// beforeResults reports whether results come next: then an ORC is of the panel before it,
// whatever the others of the message do.
func (l *labReader) beforeResults(orc *hl7v2.Segment) bool {
	for n := orc.Number + 1; ; n++ {
		switch s := l.msg.Segment(n); {
		case s == nil || s.Name == "OBR" || s.Name == "ORC" || s.Name == "SPM":
			return false
		case s.Name == "OBX":
			return true
		}
	}
}

// end closes a panel. One that was ordered without its tests is a test itself; one
// that was reported without results is a result without a value, if the laboratory
// says that there is none yet or why.
func (l *labReader) end() {
	p := l.at
	if p.obr == nil {
		return
	}
	l.panels++
	if p.cancelled {
		// Measured, and not taken back by the message itself: somebody should look.
		if p.tests > 0 && !l.ordered && controls[p.orc.ID(1)] != clinical.OrderCancelled {
			l.remark(clinical.RemarkLeftOut, p.orc, 5, "results of a cancelled order, left out")
		}
		return
	}
	l.standing++
	status := p.obr.ID(25)
	pending := l.ordered || len(p.comments) > 0 || status != "" && strings.Contains("OISRXYZ", status)
	if p.tests == 0 && pending && p.name != nil {
		l.doc.LabResults = append(l.doc.LabResults, clinical.LabResult{
			Test:         p.name,
			Specimen:     p.specimen,
			SpecimenSite: p.site,
			Collected:    l.collected(),
			Status:       status,
			Ordered:      l.ordered,
		})
	}
	results := l.doc.LabResults[p.from:]
	circumstances := l.circumstances(&p)
	for i := range results {
		results[i].PanelComments, results[i].Circumstances = p.comments, circumstances
	}
	l.inCommon += max(0, len(results)-1) * (len(p.obr.Raw()) + len(p.spm.Raw()))
	for _, c := range p.comments {
		l.inCommon += max(0, len(results)-1) * (len(c) + separated)
	}
	if status != "" && len(status) == 1 && strings.Contains("CFPR", status) { // which are those of results, too
		for i := range results {
			results[i].Status = cmp.Or(results[i].Status, status)
		}
	}
	l.cultures(p, results)
	for i := range results {
		if o := results[i].Organism; o != results[i].Coded {
			l.inCommon += bytesOf(o)
		}
	}
}

// circumstances reads what the request and the specimen of a panel say of all its
// results, nil for nothing, as in most. The words of a request go to the comments on the
// panel.
func (l *labReader) circumstances(p *panel) *clinical.Circumstances {
	danger, why := p.obr.Field(12), purpose(p.obr)
	rejected, state := p.spm.Field(21), p.spm.Field(24)
	became := l.became(p.orc)
	if became == "" && len(p.tq1) == 0 && danger.IsEmpty() && why == "" && rejected.IsEmpty() && state.IsEmpty() {
		return nil
	}
	c := &clinical.Circumstances{
		Danger: codedField(danger), Purpose: why,
		Rejected: codedAll(rejected.Codes()), State: codedAll(state.Codes()), OrderStatus: became,
	}
	if why := reason(p.orc); why != "" {
		p.comments = append(p.comments, why)
		l.inCommon += len(why) // an order may have any number of panels
	}
	for _, tq1 := range p.tq1 {
		if c.Priority.IsEmpty() {
			c.Priority = coded(tq1.Field(9).Code())
		}
		if at := l.time(tq1, 7); c.Due == "" {
			c.Due = at
		}
		p.comments = appendLine(appendLine(p.comments, tq1.Text(10)), tq1.Text(11))
	}
	if became == "" && c.Priority.IsEmpty() && c.Due == "" && c.Danger.IsEmpty() && c.Purpose == "" && len(c.Rejected) == 0 && len(c.State) == 0 {
		return nil
	}
	return c
}

func (l *labReader) entry(obx *hl7v2.Segment) error {
	if l.at.obr == nil {
		l.notes = onNothing
		if l.observe(obx) { // of the patient or the specimen, before any test
			l.notes = onObservation
		}
		return nil
	}
	l.at.tests++
	l.notes = onNothing
	if l.at.cancelled {
		return nil
	}
	// Read where it will stand: a result is too large to be passed around.
	last := len(l.doc.LabResults)
	l.doc.LabResults = slices.Grow(l.doc.LabResults, 1)[:last+1]
	result := &l.doc.LabResults[last]
	if standing, err := l.observation(obx, result); err != nil || !standing {
		*result = clinical.LabResult{}
		l.doc.LabResults = l.doc.LabResults[:last]
		return err
	}
	result.Panel = l.at.name
	result.Specimen, result.SpecimenSite = l.at.specimen, l.at.site
	if result.Collected == "" {
		result.Collected = l.collected()
	}
	result.Ordered = l.ordered || result.Status == "O"
	l.notes = onResult
	return nil
}

// collected gives when the specimen was taken where no OBX-14 says it: SPM-17, else OBR-7.
func (l *labReader) collected() clinical.Time {
	if at := l.time(l.at.spm, 17); at != "" {
		return at
	}
	return l.time(l.at.obr, 7)
}
