package page

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestReleaseForm(t *testing.T) {
	lab := func(c access.Cell) access.Matrix {
		m := access.Matrix{}
		m.Set(clinical.KindLab, access.AudienceNurse, c)
		return m
	}
	for name, tc := range map[string]struct {
		form string
		want access.Matrix
		key  fault.Key
	}{
		"nothing marked withholds all":        {"version=4&delay.lab.nurse=3", access.Matrix{}, ""},
		"a mark":                              {"version=4&allow.lab.nurse=1&delay.lab.nurse=", lab(access.Cell{Allowed: true}), ""},
		"a delay in full width":               {"version=4&allow.lab.nurse=1&delay.lab.nurse=" + url.QueryEscape(" １４ "), lab(access.Cell{Allowed: true, DelayDays: 14}), ""},
		"what is not of the matrix":           {"version=4&allow.lab.everybody=1&allow.notes.nurse=1", access.Matrix{}, ""},
		"a mark that is not the form's":       {"version=4&allow.lab.nurse=yes", access.Matrix{}, ""},
		"a delay that is no number":           {"version=4&allow.lab.nurse=1&delay.lab.nurse=soon", nil, "release.delay"},
		"a negative delay":                    {"version=4&allow.lab.nurse=1&delay.lab.nurse=-1", nil, "release.delay"},
		"a delay beyond a year":               {"version=4&allow.lab.nurse=1&delay.lab.nurse=366", nil, "release.delay"},
		"no version: nobody knows what stood": {"allow.lab.nurse=1", nil, "release.stale"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := url.ParseQuery(tc.form)
			if err != nil {
				t.Fatal(err)
			}
			base, got, err := ReleaseForm(v)
			if key, _, _ := fault.Message(err); key != tc.key {
				t.Fatalf("ReleaseForm = %v, want key %q", err, tc.key)
			}
			if err == nil && base != 4 {
				t.Errorf("version %d, want 4", base)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("matrix (-want +got):\n%s", diff)
			}
		})
	}
}

// The form that the page draws must be read back as the matrix that it was drawn from.
func TestReleaseForm_readsWhatThePageDraws(t *testing.T) {
	r := fixtureRelease()
	form := url.Values{"version": {"4"}}
	for _, row := range r.rows(clinical.Kinds()) {
		for _, c := range row.Cells {
			name := string(row.Kind) + "." + string(c.Audience)
			if c.Allowed {
				form.Set("allow."+name, "1")
			}
			if html := render(t, Japanese, r); !strings.Contains(html, `name="allow.`+name+`"`) || !strings.Contains(html, `name="delay.`+name+`"`) {
				t.Fatalf("the page has no cell %s", name)
			}
		}
	}
	form.Set("delay.lab.pharmacist", "3")
	_, got, err := ReleaseForm(form)
	if err != nil {
		t.Fatal(err)
	}
	if changes := r.State.Matrix.Diff(got); len(changes) != 0 {
		t.Errorf("the form changes %v", changes)
	}
}

func TestMessageOf_denialLooksLikeAbsence(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want fault.Key
	}{
		"denied":                      {fault.WithKey(fault.Denied, "signin.locked", nil), "fault.not_found"},
		"not found":                   {fault.WithKey(fault.NotFound, "signin.locked", nil), "fault.not_found"},
		"a key that has a text":       {fault.WithKey(fault.Invalid, "link.taken", nil), "link.taken"},
		"a key that nobody wrote":     {fault.WithKey(fault.Invalid, "no.such", nil), "fault.invalid"},
		"no key":                      {fault.New(fault.Unavailable, "x"), "fault.unavailable"},
		"somebody else's error":       {errors.New("disk"), "fault.internal"},
		"a key below a plain wrapper": {fault.New(fault.Invalid, "link: %w", fault.WithKey(fault.Invalid, "link.taken", nil)), "link.taken"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := MessageOf(tc.err); got.Key != tc.want {
				t.Errorf("MessageOf = %q, want %q", got.Key, tc.want)
			}
		})
	}
}

func TestTrouble_showsAReferenceOnlyForWhatIsOurs(t *testing.T) {
	if n := Trouble(fault.WithKey(fault.Invalid, "link.taken", nil), "abc"); n.Ref != "" || n.Tone != ToneRefused {
		t.Errorf("Trouble = %+v", n)
	}
	if n := Trouble(errors.New("disk"), "abc"); n.Ref != "abc" || n.Tone != ToneTrouble {
		t.Errorf("Trouble = %+v", n)
	}
}

// A refusal names fields in the reader's words, whether it was made here or came over the wire.
func TestTextOf_namesFields(t *testing.T) {
	for name, fields := range map[string]any{
		"made here":        []wire.Field{wire.FieldBirthDate, wire.FieldSex},
		"come by the wire": []any{"birth_date", "sex"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Message{Key: "link.mismatch", Params: map[string]any{"fields": fields}}
			if got := TextOf(Japanese, m); !strings.Contains(got, "生年月日、性別") {
				t.Errorf("Japanese: %s", got)
			}
			if got := TextOf(English, m); !strings.Contains(got, "birth date, sex") {
				t.Errorf("English: %s", got)
			}
		})
	}
}

func TestPalette(t *testing.T) {
	p := NewPalette([]directory.Facility{takane, chuo, ryokufu, minami})
	for _, tc := range []struct {
		f    directory.Facility
		want int
	}{{chuo, 1}, {minami, 2}, {ryokufu, 3}, {takane, 4}, {clinic, 0}} {
		if got := p.Of(tc.f).Colour; got != tc.want {
			t.Errorf("%s has colour %d, want %d", tc.f.Mark, got, tc.want)
		}
	}
}

func TestReadings(t *testing.T) {
	for name, tc := range map[string]struct {
		name, kana string
		want       []reading
	}{
		"word by word":          {"髙橋 花子", "タカハシ ハナコ", []reading{{"髙橋", "たかはし"}, {"花子", "はなこ"}}},
		"more words than kana":  {"ミカエラ 安藤 マリア", "アンドウ", []reading{{"ミカエラ 安藤 マリア", "あんどう"}}},
		"no kana":               {"髙橋 花子", "", []reading{{"髙橋 花子", ""}}},
		"one word in each":      {"安藤", "アンドウ", []reading{{"安藤", "あんどう"}}},
		"nothing at all stands": {"", "", []reading{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, readings(tc.name, tc.kana)); diff != "" {
				t.Errorf("readings (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever worked at the server is named in the reader's language.
func TestWho(t *testing.T) {
	for name, want := range map[string]string{
		"佐藤 健一": "佐藤 健一", "": "", "command line of root": "サーバーのコマンド(root)", "command line": "サーバーのコマンド", "command lines": "command lines",
	} {
		if got := (phrases{Japanese}).who(name); got != want {
			t.Errorf("who(%q) = %q, want %q", name, got, want)
		}
	}
	if got := (phrases{English}).who("command line of root"); got != "command at the server (root)" {
		t.Errorf("in English: %q", got)
	}
}

func TestRegistration_step(t *testing.T) {
	for name, tc := range map[string]struct {
		r    Registration
		want int
	}{
		"nothing searched":         {Registration{}, 1},
		"nobody found":             {Registration{Searched: true}, 2},
		"found and undecided":      {Registration{Searched: true, Found: make([]FoundPerson, 1)}, 1},
		"found and somebody new":   {Registration{Searched: true, Found: make([]FoundPerson, 1), Form: RegistrationForm{Existing: "new"}}, 2},
		"found and one was chosen": {Registration{Searched: true, Found: make([]FoundPerson, 1), Form: RegistrationForm{Existing: "p"}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.r.Step(); got != tc.want {
				t.Errorf("step %d, want %d", got, tc.want)
			}
		})
	}
}

func TestTextOf_choosesTheNumbersWord(t *testing.T) {
	for name, tc := range map[string]struct {
		key    fault.Key
		params map[string]any
		want   string
	}{
		"one":                {"timeline.documents", map[string]any{"n": 1}, "1 document"},
		"several":            {"timeline.documents", map[string]any{"n": 12}, "12 documents"},
		"none":               {"timeline.documents", map[string]any{"n": 0}, "0 documents"},
		"one as text":        {"med.days", map[string]any{"n": "1"}, "1 day"},
		"more than one word": {"timeline.undated", map[string]any{"n": 1}, "1 record without a readable date is not shown."},
		"two numbers":        {"expiry.some", map[string]any{"count": 1, "n": 2}, "The certificate of 1 terminal ends soon (the first in 2 days)."},
	} {
		if got := TextOf(English, Message{Key: tc.key, Params: tc.params}); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
