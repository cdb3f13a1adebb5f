package synth

import (
	"fmt"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// numbering gives out patient numbers, each facility in its own way.
type numbering struct {
	next  []int // the last that was given
	count []int // how many were
}

func newNumbering(facilities int) *numbering {
	return &numbering{next: make([]int, facilities), count: make([]int, facilities)}
}

// number gives the next patient number of a facility: ten digits with leading zeros,
// eight digits, seven with a check digit, or short ones of small facilities.
func (n *numbering) number(facility int, d dice.Dice) ident.LocalPatientID {
	n.next[facility] += 1 + d.IntN(60)
	n.count[facility]++
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
	for _, h := range p.where(d) {
		rec := Record{Number: Number{h, numbers.number(h, d)}, Family: p.Family, FamilyKana: p.FamilyKana, GivenKana: p.GivenKana, Birth: p.Birth, Sex: p.Sex}
		rec.serial = numbers.count[h]
		if old, ok := older[p.Family]; ok && d.Chance(0.6) {
			rec.Family = old
		}
		p.Records = append(p.Records, rec)
	}
	if typed, ok := newer[p.Family]; ok {
		p.Family = typed // the clerk's spelling; storages keep the other
	}
	for _, f := range p.viewers(d, i, len(r.Facilities)) {
		p.Others = append(p.Others, Number{f, numbers.number(f, d)})
	}
	p.differ(d, i)
	return p
}

// differ lets some records be others' than the person's: of linked persons only what
// was corrected long ago, so that their links are granted.
func (p *Person) differ(d dice.Dice, i int) {
	married := p.Sex == clinical.Female && p.Birth.Year < 2000
	first := &p.Records[0]
	switch {
	case p.Linked && married && i%4 == 2:
		first.Former = maidenName(d, p.FamilyKana).kanji
	case p.Linked:
	case i%29 == 3:
		first.mistype(d)
	case married && i%37 < 2: // the hospital was never told of the marriage
		maiden := maidenName(d, p.FamilyKana)
		first.Family, first.FamilyKana, first.Mistyped = maiden.kanji, maiden.kana, true
	}
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
		p.Sex, age = clinical.Male, 78
	case 1:
		p.Sex, age = clinical.Female, 83
	}
	family, own := families[d.IntN(len(families))], dice.Pick(d, given(p.Sex))
	p.Family, p.FamilyKana, p.Given, p.GivenKana = family.kanji, family.kana, own.kanji, own.kana
	p.Birth = today.AddDays(-age*365 - age/4 - d.IntN(360))
	p.Postcode, p.Address = fmt.Sprintf("999-%04d", 100+d.IntN(600)), address(d.Uint64())
	p.Phone = fmt.Sprintf("0999-%02d-%04d", 10+d.IntN(80), d.IntN(10000))
	switch i {
	case 0:
		p.Story = HeartFailure
	case 1:
		p.Story = Polypharmacy
	default:
		p.Story = dice.Pick(d, story.Fitting(p.Sex, p.Birth.Age(today), p.Linked)).Name
	}
}

// address gives an address in towns that are on no map.
func address(n uint64) string {
	towns := []string{"霧瀬町", "瀬音谷", "上霧", "桐坂", "糸川", "水面原"}
	return fmt.Sprintf("霧瀬県霧瀬郡%s%d番地%d", towns[n%6], 1+n/6%2900, 1+n/17400%30)
}

// where lists the hospitals that know the person, the main one first: one that has
// the department of the story, more often the general hospital than others.
func (p *Person) where(d dice.Dice) []int {
	if p.Story == HeartFailure || p.Story == Polypharmacy {
		return []int{general, valley, upland}
	}
	main := []int{general}
	for _, t := range story.Templates() {
		if t.Name == p.Story {
			for _, h := range t.Hospitals() {
				main = append(main, int(h))
			}
		}
	}
	out := []int{dice.Pick(d, main)}
	more := 0.25
	if p.Linked {
		more = 0.75
	}
	for _, h := range []int{valley, general, upland} {
		if h != out[0] && d.Chance(more) {
			out = append(out, h)
			more /= 2
		}
	}
	return out
}

// viewers lists the facilities that only view and have the person as theirs; the
// first registers a linked person. All are among the first n.
func (p *Person) viewers(d dice.Dice, i, n int) []int {
	var all []int
	for f := tsumugi; f < n; f++ {
		all = append(all, f)
	}
	if !p.Linked {
		if d.Chance(0.4) {
			return []int{dice.Pick(d, all)}
		}
		return nil
	}
	first := all[i%len(all)]
	if i < 2 || i%3 == 0 {
		first = tsumugi
	}
	out := []int{first}
	if itoguruma < n && first != itoguruma && (i < 2 || d.Chance(0.5)) {
		out = append(out, itoguruma)
	}
	if minamo < n && first != minamo && (i == 0 || d.Chance(0.2)) {
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
