package synth

import (
	"fmt"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// numbering gives out patient numbers, each hospital in its own way.
type numbering struct{ next []int }

func newNumbering() *numbering { return &numbering{next: make([]int, 16)} }

// number gives the next patient number of a facility: ten digits with leading zeros,
// eight digits, seven with a check digit, or short ones of small facilities.
func (n *numbering) number(facility int, d dice.Dice) ident.LocalPatientID {
	n.next[facility] += 1 + d.IntN(60)
	at := n.next[facility]
	switch facility {
	case general:
		return ident.LocalPatientID(fmt.Sprintf("%010d", 104200+at))
	case valley:
		return ident.LocalPatientID(fmt.Sprintf("%08d", 20031000+at))
	case upland:
		six := fmt.Sprintf("%06d", 410000+at)
		return ident.LocalPatientID(six + checkDigit(six))
	case itoguruma:
		return ident.LocalPatientID(fmt.Sprintf("P%05d", 200+at))
	}
	return ident.LocalPatientID(fmt.Sprintf("%05d", 1000+at))
}

// checkDigit is modulo 10 with weights 2 and 1 from the right.
func checkDigit(digits string) string {
	sum := 0
	for i := range len(digits) {
		v := int(digits[len(digits)-1-i]-'0') * (2 - i%2)
		sum += v/10 + v%10
	}
	return strconv.Itoa((10 - sum%10) % 10)
}

// person thinks up the ith person. The first two have the stories told in depth.
func (r *Region) person(i int, numbers *numbering) Person {
	d := dice.New(r.cfg.Seed, "person", strconv.Itoa(i))
	p := Person{Linked: i < r.cfg.Linked, seed: dice.Seed(r.cfg.Seed, "story", strconv.Itoa(i))}
	p.who(d, i, r.cfg.Today)
	hospitals := p.where(d, i)
	for _, h := range hospitals {
		rec := Record{Number: Number{h, numbers.number(h, d)}, Family: p.Family, GivenKana: p.GivenKana, Birth: p.Birth, Sex: p.Sex}
		if old, ok := older[p.Family]; ok && d.Chance(0.6) {
			rec.Family = old
		}
		p.Records = append(p.Records, rec)
	}
	if typed, ok := newer[p.Family]; ok {
		p.Family = typed // the clerk's spelling; storages keep the other
	}
	for _, f := range p.viewers(d, i) {
		p.Others = append(p.Others, Number{f, numbers.number(f, d)})
	}
	if !p.Linked && i%29 == 3 {
		p.Records[0].mistype(d)
	}
	return p
}

func (p *Person) who(d dice.Dice, i int, today wareki.Date) {
	age := 45 + d.IntN(48)
	if d.Chance(0.18) {
		age = 6 + d.IntN(40)
	}
	p.Sex = clinical.Female
	if d.Chance(0.47) {
		p.Sex = clinical.Male
	}
	switch i {
	case 0:
		p.Sex, age = clinical.Female, 78
	case 1:
		p.Sex, age = clinical.Male, 83
	}
	family, own := families[d.IntN(len(families))], dice.Pick(d, given(p.Sex))
	p.Family, p.FamilyKana, p.Given, p.GivenKana = family.kanji, family.kana, own.kanji, own.kana
	p.Birth = today.AddDays(-age*365 - age/4 - d.IntN(360))
	towns := []string{"霧瀬町", "瀬音谷", "上霧", "桐坂", "糸川", "水面原"}
	town := d.IntN(len(towns))
	p.Postcode = fmt.Sprintf("999-%04d", 100*(town+1)+d.IntN(90))
	p.Address = fmt.Sprintf("霧瀬県霧瀬郡%s%d番地%d", towns[town], 1+d.IntN(2900), 1+d.IntN(30))
	p.Phone = fmt.Sprintf("0999-%02d-%04d", 10+d.IntN(80), d.IntN(10000))
	p.tale = dice.Pick(d, story.Usual(p.Sex, age, p.Linked || d.Chance(0.15)))
	switch i {
	case 0:
		p.tale = story.HeartAndKidney
	case 1:
		p.tale = story.ManyPills
	}
}

// where lists the hospitals that know the person, the main one first.
func (p *Person) where(d dice.Dice, i int) []int {
	if i < 2 {
		return []int{general, valley, upland}
	}
	main := []int{general, general, valley, upland}[d.IntN(4)]
	out := []int{main}
	more := 0.25
	if p.Linked {
		more = 0.75
	}
	for _, h := range []int{valley, general, upland} {
		if h != main && d.Chance(more) {
			out = append(out, h)
			more /= 2
		}
	}
	return out
}

// viewers lists the facilities that only view and have the person as theirs; the
// first registers a linked person.
func (p *Person) viewers(d dice.Dice, i int) []int {
	all := []int{tsumugi, kiri, itoguruma, minamo, kirinosato}
	if !p.Linked {
		return nil
	}
	first := all[i%len(all)]
	if i < 2 || i%3 == 0 {
		first = tsumugi
	}
	out := []int{first}
	if first != itoguruma && (i < 2 || d.Chance(0.5)) {
		out = append(out, itoguruma)
	}
	if first != minamo && (i == 0 || d.Chance(0.2)) {
		out = append(out, minamo)
	}
	return out
}

// mistype gives the hospital's record an error such as hands make.
func (r *Record) mistype(d dice.Dice) {
	r.Mistyped = true
	switch d.IntN(3) {
	case 0:
		day := r.Birth.Day%27 + 1
		r.Birth = wareki.Date{Year: r.Birth.Year, Month: r.Birth.Month, Day: day}
	case 1:
		r.Sex = map[clinical.Sex]clinical.Sex{clinical.Male: clinical.Female, clinical.Female: clinical.Male}[r.Sex]
	default:
		r.GivenKana += "オ"
	}
}

// Today is the day up to which the stories are told.
func (r *Region) Today() time.Time { return story.DayOf(r.cfg.Today).At(12, 0) }
