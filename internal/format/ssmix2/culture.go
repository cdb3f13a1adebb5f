package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// strain is what OBR-26 of a susceptibility points to: the row of a culture that found
// the organism, by its test and number.
type strain struct {
	specimen     clinical.Coded
	test, number string
}

// cultures says of the rows of a panel which organism they are about (培養同定・薬剤感受性).
//
// Organism and quantity are rows of one panel with the same number (OBX-4). A panel
// of susceptibilities names its organism in OBR-26, as test, number and value of the
// row that found it.
func (l *labReader) cultures(p panel, rows []clinical.LabResult) {
	if parent := p.obr.Field(26); !parent.IsEmpty() && !parent.IsNull() {
		l.susceptibilities(p, parent.Repetition(1), rows)
		return
	}
	if isSusceptibility(p.name.Value()) {
		return // of which organism is not said
	}
	var organisms map[string]*clinical.Coded
	for i := range rows {
		row := &rows[i]
		if row.Coded == nil || row.Coded.System != "JANIS" && !namesOrganism(row.Test.Value()) {
			continue
		}
		row.Organism, row.Strain = row.Coded, row.SubID
		if row.SubID == "" {
			continue
		}
		if organisms == nil {
			organisms = make(map[string]*clinical.Coded)
		}
		organisms[row.SubID] = row.Coded
		if l.found == nil {
			l.found = make(map[strain]*clinical.Coded)
		}
		at := strain{p.specimen.Value(), row.Test.Value().Code, row.SubID}
		if o, twice := l.found[at]; twice && (o == nil || *o != *row.Coded) {
			l.found[at] = nil // of two cultures, which each count from 1
		} else {
			l.found[at] = row.Coded
		}
	}
	if organisms == nil {
		return
	}
	for i := range rows {
		if o, known := organisms[rows[i].SubID]; known && rows[i].Organism == nil {
			rows[i].Organism, rows[i].Strain = o, rows[i].SubID
			rows[i].Susceptibility = isSusceptibility(rows[i].Test.Value()) || slices.Contains([]string{"S", "I", "R"}, rows[i].Flag)
		}
	}
}

// susceptibilities marks the rows of a panel that tests one organism.
func (l *labReader) susceptibilities(p panel, parent hl7v2.Repetition, rows []clinical.LabResult) {
	found := coded(parent.Component(1).Code())
	number := parent.Component(2).Text()
	organism := coded(parent.Component(3).Code())
	if organism.Text == "" && organism.System == "" && organism.LocalSystem == "" {
		organism = clinical.Coded{Text: parent.Component(3).Text()}
	}
	if o := l.found[strain{p.specimen.Value(), found.Code, number}]; o != nil {
		if organism == (clinical.Coded{}) || o.System == organism.System && o.Code == organism.Code && o.Code != "" {
			organism = *o // as the culture itself names it
		}
	}
	if !isMicrobiology(found) && organism.System != "JANIS" && !isSusceptibility(p.name.Value()) {
		return // the parent of another kind of test
	}
	if organism == (clinical.Coded{}) {
		l.remark(clinical.RemarkMissing, p.obr, 26, "parent result without its organism")
		return
	}
	for i := range rows {
		rows[i].Organism, rows[i].Strain, rows[i].Susceptibility = &organism, number, true
	}
}

// isMicrobiology reports whether JLAC10 counts a test among those of microbiology.
func isMicrobiology(test clinical.Coded) bool {
	return test.System == "JC10" && strings.HasPrefix(test.Code, "6")
}

// namesOrganism reports whether JLAC10 says that the value of a test is an organism:
// its result identification, the last two of seventeen characters, is 14 then.
func namesOrganism(test clinical.Coded) bool {
	return isMicrobiology(test) && len(test.Code) == 17 && strings.HasSuffix(test.Code, "14")
}

// isSusceptibility reports whether JLAC10 says that a test is one of drugs against organisms.
func isSusceptibility(test clinical.Coded) bool {
	return test.System == "JC10" && strings.HasPrefix(test.Code, "6C")
}
