package prose

import (
	"cmp"
	"regexp"
	"strings"
)

// Style is what a style (CSS) says about whether words stand, as far as this package
// reads it. The zero value says nothing.
type Style struct {
	line       said
	display    said
	faded      said // by what no element inside can undo, as with display
	visibility said
	size       said
	// Colours are written as #rrggbb, else as they are; opaque stands for a background
	// that is no colour.
	colour, ground string
}

// said is what a declaration makes of words.
type said byte

const (
	unsaid said = iota
	stands      // shown, or without a line
	fallen      // not shown, or with a line through it
)

const (
	opaque      = "?"
	white       = "#ffffff"
	transparent = "transparent"
)

// Struck reports whether words are struck through.
func (s Style) Struck() bool { return s.line == fallen }

// Unshown reports whether words are not shown.
func (s Style) Unshown() bool {
	return s.gone() || s.visibility == fallen || s.size == fallen || s.colour == transparent
}

func (s Style) gone() bool { return s.display == fallen || s.faded == fallen }

// doubtful reports whether a style would matter if it were followed.
func (s Style) doubtful() bool { return s.Struck() || s.Unshown() }

// over gives s with what o says besides or otherwise.
func (s Style) over(o Style) Style {
	return Style{
		line: cmp.Or(o.line, s.line), display: cmp.Or(o.display, s.display), faded: cmp.Or(o.faded, s.faded),
		visibility: cmp.Or(o.visibility, s.visibility), size: cmp.Or(o.size, s.size),
		colour: cmp.Or(o.colour, s.colour), ground: cmp.Or(o.ground, s.ground),
	}
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?(\*/|$)`)

// ReadStyle reads the declarations of a style attribute or of a rule.
func ReadStyle(declarations string) Style {
	var s Style
	for d := range strings.SplitSeq(cssComment.ReplaceAllString(strings.ToLower(declarations), " "), ";") {
		name, value, _ := strings.Cut(d, ":")
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		if value == "" {
			continue
		}
		s = s.over(declared(strings.TrimSpace(name), value))
	}
	return s
}

func declared(name, value string) (s Style) {
	switch name {
	case "text-decoration", "text-decoration-line", "-webkit-text-decoration", "-webkit-text-decoration-line":
		s.line = either(strings.Contains(value, "line-through"))
	case "display":
		s.display = either(value == "none")
	case "visibility":
		s.visibility = either(value == "hidden" || value == "collapse")
	case "opacity":
		s.faded = either(strings.Trim(value, "0.%") == "")
	case "font-size":
		s.size = either(strings.HasPrefix(value, "0") && strings.Trim(value, "0.%pxtemr") == "")
	case "mso-hide":
		s.faded = either(value == "all")
	case "color":
		s.colour = colour(value)
	case "background-color":
		s.ground = colour(value)
	case "background-image":
		if value != "none" {
			s.ground = opaque
		}
	case "background":
		s.ground = opaque
		if !strings.Contains(value, " ") {
			s.ground = colour(value)
		}
	}
	return s
}

func either(fell bool) said {
	if fell {
		return fallen
	}
	return stands
}

var triplet = regexp.MustCompile(`^rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)$`)

// colour writes a colour so that the same are equal, as far as people write them.
func colour(v string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	switch {
	case v == "inherit", v == "initial", v == "unset", v == "currentcolor":
		return ""
	case v == "white":
		return white
	case v == "black":
		return "#000000"
	case len(v) == len("ffffff") && strings.Trim(v, "0123456789abcdef") == "": // in attributes
		return "#" + v
	case len(v) == len("#fff") && v[0] == '#':
		return "#" + v[1:2] + v[1:2] + v[2:3] + v[2:3] + v[3:4] + v[3:4]
	case triplet.MatchString(v):
		out := "#"
		for _, n := range triplet.FindStringSubmatch(v)[1:] {
			out += hexadecimal(n)
		}
		return out
	}
	return v
}

func hexadecimal(decimal string) string {
	n := 0
	for _, c := range decimal {
		n = n*10 + int(c-'0')
	}
	const digits = "0123456789abcdef"
	n = min(n, 255)
	return digits[n>>4:n>>4+1] + digits[n&15:n&15+1]
}

// sheet is what the style sheets of a page say by element, class and id.
type sheet struct {
	rules    map[string]Style // by simple selector: p, .x, p.x, #x, p#x
	doubtful bool             // it says more than is followed here about whether words stand
	grounds  bool             // it gives something a background: what words stand on is not known then
}

const maxRules = 10_000

var simple = regexp.MustCompile(`^(\*|[a-z][a-z0-9]*)?([.#][\w\x{80}-\x{10ffff}-]+)?$`)

// read adds the rules of a style sheet; those of a medium that is not the screen are not it.
func (s *sheet) read(css string) {
	css = strings.NewReplacer("<!--", " ", "-->", " ").Replace(cssComment.ReplaceAllString(css, " "))
	for css != "" {
		open := strings.IndexAny(css, "{;}")
		if open < 0 {
			return
		}
		head, mark := strings.TrimSpace(css[:open]), css[open]
		css = css[open+1:]
		if mark != '{' {
			s.doubtful = s.doubtful || strings.HasPrefix(strings.ToLower(head), "@import")
			continue
		}
		if strings.HasPrefix(head, "@") {
			if !onScreen(head) {
				css = behind(css)
			} else if strings.Contains(head, "(") { // only of some widths: nobody knows the reader's, nor the author's
				var some sheet
				rest := behind(css)
				some.read(css[:len(css)-len(rest)])
				s.doubtful = s.doubtful || some.doubts()
				s.grounds = s.grounds || some.grounds
				css = rest
			}
			continue // into the rules inside; the brace that ends them is passed over
		}
		end := strings.IndexByte(css, '}')
		if end < 0 {
			end = len(css)
		}
		s.rule(head, css[:end])
		css = css[min(end+1, len(css)):]
	}
}

func onScreen(rule string) bool {
	rule = strings.ToLower(rule)
	return strings.HasPrefix(rule, "@media") && (strings.Contains(rule, "screen") || strings.Contains(rule, "all")) && !strings.Contains(rule, "not ")
}

// behind gives what stands behind a block whose opening brace has been read.
func behind(css string) string {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[i+1:]
			}
		}
	}
	return ""
}

func (s *sheet) rule(selectors, declarations string) {
	style := ReadStyle(declarations)
	if style == (Style{}) {
		return
	}
	s.grounds = s.grounds || style.ground != ""
	for selector := range strings.SplitSeq(selectors, ",") {
		selector = strings.TrimSpace(selector)
		if at := strings.IndexAny(selector, ".#"); at > 0 {
			selector = strings.ToLower(selector[:at]) + selector[at:] // names of elements have no case
		} else if at < 0 {
			selector = strings.ToLower(selector)
		}
		if !simple.MatchString(selector) || selector == "" || len(s.rules) >= maxRules {
			s.doubtful = s.doubtful || style.doubtful()
			continue
		}
		if s.rules == nil {
			s.rules = map[string]Style{}
		}
		selector = strings.TrimPrefix(selector, "*")
		s.rules[selector] = s.rules[selector].over(style)
	}
}

// doubts reports whether a sheet would matter if it were followed.
func (s *sheet) doubts() bool {
	if s.doubtful {
		return true
	}
	for _, style := range s.rules {
		if style.doubtful() {
			return true
		}
	}
	return false
}

// of gives what the sheet says of an element, the more special above the general.
func (s *sheet) of(element, classes, id string) Style {
	if s.rules == nil {
		return Style{}
	}
	style := s.rules[""].over(s.rules[element])
	for _, in := range []string{"", element} {
		for class := range strings.FieldsSeq(classes) {
			style = style.over(s.rules[in+"."+class])
		}
	}
	if id != "" {
		style = style.over(s.rules["#"+id]).over(s.rules[element+"#"+id])
	}
	return style
}
