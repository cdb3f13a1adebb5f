package page

import "strings"

// ExamLink leads from an examination to a report about it, or back.
type ExamLink struct {
	Open   string // address of its content in place
	Name   string
	At     string // for people
	Report bool   // where it leads to
}

// linkExams ties the reports of one facility to the examinations that they are about: by
// the number of the order, which stands in the report or is the key of its storage, or by
// the accession number. Rows know their addresses already.
func linkExams(rows []ExamRow) {
	exams := map[string][]int{}
	for i, r := range rows {
		if r.Report {
			continue
		}
		for _, n := range tying(r.numbers) {
			exams[n] = append(exams[n], i)
		}
	}
	for i := range rows {
		if !rows[i].Report {
			continue
		}
		linked := map[int]bool{}
		for _, n := range tying(rows[i].numbers) {
			for _, of := range exams[n] {
				if linked[of] {
					continue
				}
				linked[of] = true
				rows[i].Links = append(rows[i].Links, rows[of].link())
				rows[of].Links = append(rows[of].Links, rows[i].link())
			}
		}
	}
}

func (r ExamRow) link() ExamLink {
	return ExamLink{Open: r.Open, Name: r.Name, At: r.At, Report: r.Report}
}

// leastTying is how short a number may be that tells orders apart: the keys of an extended
// storage are often counted from one.
const leastTying = 5

// tying gives those of numbers that tell what belongs together, in one form: systems fill
// them up with zeros to different lengths. Nines are no number.
func tying(numbers []string) []string {
	var out []string
	for _, n := range numbers {
		n = strings.TrimLeft(strings.TrimSpace(n), "0")
		if len(n) >= leastTying && single(n) {
			out = append(out, n)
		}
	}
	return out
}
