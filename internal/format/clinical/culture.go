package clinical

import (
	"cmp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Culture is what a laboratory found of one organism (培養同定・薬剤感受性): a view of
// the results that name it, made by [Cultures].
type Culture struct {
	Organism Coded
	Specimen Coded
	// Found are the rows that name or count the organism, in the order of the source.
	Found []LabResult
	// Drugs are the drugs that it was tested against, in the order of the source.
	Drugs []Susceptibility
}

// Susceptibility is the answer of one organism to one drug.
type Susceptibility struct {
	Drug   Coded
	Value  string // MIC or the like as written, comparator included; may be empty
	Unit   Coded
	Flag   string // S, I, R as written; may be empty
	Result LabResult
}

// Cultures takes the rows of cultures out of results and groups them by organism, in
// the order in which organisms are first named; rest are all other rows. The same
// organism in another specimen, or under another number (OBX-4) of the same culture,
// is another culture: two strains of one species are tested apart.
func Cultures(results []LabResult) (cultures []Culture, rest []LabResult) {
	type key struct {
		organism, specimen Coded
		strain             string
	}
	at := make(map[key]int)
	for i := 0; i < len(results); i++ {
		r := results[i]
		if r.Organism.IsEmpty() {
			rest = append(rest, r)
			continue
		}
		k := key{*r.Organism, r.Specimen.Value(), r.Strain}
		n, known := at[k]
		if !known {
			n = len(cultures)
			at[k] = n
			cultures = append(cultures, Culture{Organism: k.organism, Specimen: k.specimen})
		}
		c := &cultures[n]
		if !r.Susceptibility {
			c.Found = append(c.Found, r)
			continue
		}
		c.Drugs = append(c.Drugs, susceptibility(r, results, &i))
	}
	return cultures, rest
}

// outcomes are how a coded value says what an organism answers to a drug.
var outcomes = map[string]string{
	"S": "S", "I": "I", "R": "R", "SDD": "SDD", "NS": "NS",
	"SUSCEPTIBLE": "S", "SENSITIVE": "S", "INTERMEDIATE": "I", "RESISTANT": "R",
	"感性": "S", "感受性": "S", "感受性あり": "S", "中間": "I", "中間感受性": "I", "耐性": "R", "感受性なし": "R",
}

// outcome gives S, I or R of a coded value that is an outcome and no drug; empty for others.
// A code alone tells it only where there are no words: R may be rifampicin's, too. What
// stands behind the words in brackets, as 感性（S）, only adds to them.
func outcome(c Coded) string {
	said, _, _ := strings.Cut(cmp.Or(c.Text, c.LocalText, c.Code, c.LocalCode), "（")
	return outcomes[strings.ToUpper(norm.NFKC.String(strings.TrimSpace(said)))]
}

// susceptibility reads a row of a drug. The drug is the row's test; or the row names
// the drug as its value, and the row behind it with the same number has the outcome.
func susceptibility(r LabResult, all []LabResult, i *int) Susceptibility {
	s := Susceptibility{Drug: r.Test.Value(), Value: r.Value, Unit: r.Unit.Value(), Flag: r.Flag, Result: r}
	if r.Coded.IsEmpty() {
		return s
	}
	if flag := outcome(*r.Coded); flag != "" {
		s.Value = cmp.Or(r.Value, r.Coded.Label())
		s.Flag = cmp.Or(s.Flag, flag)
		return s
	}
	s.Drug, s.Value = *r.Coded, ""
	if *i+1 >= len(all) {
		return s
	}
	next := all[*i+1]
	if next.Susceptibility && next.SubID == r.SubID && r.SubID != "" && next.Organism.Value() == r.Organism.Value() && next.Strain == r.Strain && next.Coded.IsEmpty() {
		*i++
		s.Value, s.Unit, s.Result = next.Value, next.Unit.Value(), next
		if next.Flag != "" {
			s.Flag = next.Flag
		}
	}
	return s
}
