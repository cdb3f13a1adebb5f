package wareki_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

func TestParseDate(t *testing.T) {
	april := wareki.Date{Year: 1960, Month: 4, Day: 1}
	for _, input := range []string{
		"1960-04-01", "19600401", "1960/4/1", "1960.4.1", "1960年4月1日", " 1960 / 4 / 1 ",
		"S35.4.1", "s350401", "S35/04/01", "昭35.4.1", "昭和35年4月1日", "昭和３５年４月１日", "Ｓ３５．４．１", "１９６０年４月１日",
		"Ｓ３５。４。１", "１９６０・４・１", "１９６０ー４ー１", "㍼35年4月1日", "昭和 35 年 4 月 1 日", "S35-4-1",
	} {
		t.Run(input, func(t *testing.T) {
			if got, err := wareki.ParseDate(input); err != nil || got != april {
				t.Errorf("ParseDate = %v, %v, want %v", got, err, april)
			}
		})
	}
}

func TestParseDate_edgesOfEras(t *testing.T) {
	for input, want := range map[string]string{
		"令和元年5月1日": "2019-05-01", "R1.5.1": "2019-05-01", "平成31年4月30日": "2019-04-30",
		"S64.1.7": "1989-01-07", "H1.1.8": "1989-01-08", "大正元年7月30日": "1912-07-30",
		"明治45年7月29日": "1912-07-29", "T15.12.24": "1926-12-24", "昭和元年12月25日": "1926-12-25", "M6.1.1": "1873-01-01",
	} {
		t.Run(input, func(t *testing.T) {
			if got, err := wareki.ParseDate(input); err != nil || got.String() != want {
				t.Errorf("ParseDate = %v, %v, want %s", got, err, want)
			}
		})
	}
}

func TestParseDate_refuses(t *testing.T) {
	for input, key := range map[string]fault.Key{
		"": "date.unreadable", "hello": "date.unreadable", "1960": "date.unreadable", "60/4/1": "date.unreadable",
		"1960-02-30": "date.impossible", "1960/13/1": "date.impossible", "S35.2.30": "date.impossible", "19600000": "date.impossible",
		"S64.1.8": "date.outside_era", "R1.4.30": "date.outside_era", "M5.1.1": "date.outside_era", "H99.1.1": "date.outside_era",
		"S0.1.1": "date.outside_era", "明治5年12月2日": "date.outside_era", "00000101": "date.impossible",
		"1960-4": "date.unreadable", "X35.4.1": "date.unreadable", "S100.4.1": "date.unreadable", "1960年4月1日生まれ": "date.unreadable",
		strings.Repeat("1", 1000): "date.unreadable",
	} {
		t.Run(input, func(t *testing.T) {
			d, err := wareki.ParseDate(input)
			if got, _, _ := fault.Message(err); got != key || !fault.Is(err, fault.Invalid) {
				t.Errorf("ParseDate = %v, %v, want %s", d, err, key)
			}
		})
	}
}

// The hint says which day was probably meant, in the era that has it.
func TestParseDate_hintsAtTheRightEra(t *testing.T) {
	_, err := wareki.ParseDate("S64.1.8")
	_, got, _ := fault.Message(err)
	want := map[string]any{"era": "昭和", "reading": "1989/1/8 平成元年1月8日"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

// A date of birth must not reach a log by way of an error.
func TestErrorsHoldNoDate(t *testing.T) {
	for name, parse := range map[string]func(string) (wareki.Date, error){
		"ParseDate": wareki.ParseDate, "ParseISO": wareki.ParseISO, "ParseCompact": wareki.ParseCompact,
	} {
		for _, input := range []string{"1960-02-31", "19600231", "S64.1.8", "x1960x", "0000-01-01", "00000101"} {
			if _, err := parse(input); err == nil || strings.ContainsAny(err.Error(), "0123456789") || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s(%q): %v, want an error of kind invalid without figures", name, input, err)
			}
		}
	}
}

func anyDate(t *rapid.T) wareki.Date {
	first := time.Date(1873, 1, 1, 0, 0, 0, 0, time.UTC)
	return wareki.On(first.AddDate(0, 0, rapid.IntRange(0, 83000).Draw(t, "days")))
}

var (
	shortEra  = strings.NewReplacer("明治", "M", "大正", "T", "昭和", "S", "平成", "H", "令和", "R", "年", ".", "月", ".", "日", "")
	fullWidth = strings.NewReplacer("0", "０", "1", "１", "2", "２", "3", "３", "4", "４", "5", "５", "6", "６", "7", "７", "8", "８", "9", "９", "/", "／", "-", "－")
)

// Whatever form we write, we read.
func TestParseDate_readsEveryFormWeWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t)
		for _, form := range []string{
			d.String(), d.Compact(), d.Western(), d.Wareki(),
			shortEra.Replace(d.Wareki()), fullWidth.Replace(d.Wareki()), fullWidth.Replace(d.Western()),
		} {
			if got, err := wareki.ParseDate(form); err != nil || got != d {
				t.Fatalf("ParseDate(%q) = %v, %v, want %v", form, got, err, d)
			}
		}
	})
}

func TestWareki(t *testing.T) {
	for _, tc := range []struct{ date, want string }{
		{"1873-01-01", "1873/1/1 明治6年1月1日"},
		{"1912-07-29", "1912/7/29 明治45年7月29日"},
		{"1912-07-30", "1912/7/30 大正元年7月30日"},
		{"1926-12-24", "1926/12/24 大正15年12月24日"},
		{"1926-12-25", "1926/12/25 昭和元年12月25日"},
		{"1989-01-08", "1989/1/8 平成元年1月8日"},
		{"2019-04-30", "2019/4/30 平成31年4月30日"},
		{"1960-04-01", "1960/4/1 昭和35年4月1日"},
		{"2019-05-01", "2019/5/1 令和元年5月1日"},
		{"1989-01-07", "1989/1/7 昭和64年1月7日"},
		{"1872-12-31", "1872/12/31 1872年12月31日"},
	} {
		d, err := wareki.ParseISO(tc.date)
		if err != nil || d.Both() != tc.want {
			t.Errorf("Both(%s) = %q, %v, want %q", tc.date, d.Both(), err, tc.want)
		}
	}
}

func TestAgeText(t *testing.T) {
	at := wareki.Date{Year: 2026, Month: 11, Day: 25}
	for _, tc := range []struct{ born, ja, en string }{
		{"1960-04-01", "66歳", "66 y"},
		{"1960-11-25", "66歳", "66 y"},
		{"1960-11-26", "65歳", "65 y"},
		{"2023-07-20", "3歳4か月", "3 y 4 mo"},
		{"2020-11-25", "6歳", "6 y"},
		{"2026-06-25", "0歳5か月", "5 mo"},
		{"2026-11-13", "12日", "12 days"},
		{"2020-11-26", "5歳11か月", "5 y 11 mo"},
		{"2026-10-25", "0歳1か月", "1 mo"},
		{"2026-10-26", "30日", "30 days"},
		{"2026-11-24", "1日", "1 day"},
		{"2026-11-25", "0日", "0 days"},
		{"2026-11-26", "", ""},
	} {
		t.Run(tc.born, func(t *testing.T) {
			d, err := wareki.ParseISO(tc.born)
			if err != nil {
				t.Fatal(err)
			}
			if ja, en := d.AgeText(at), d.AgeEnglish(at); ja != tc.ja || en != tc.en {
				t.Errorf("age = %q, %q, want %q, %q", ja, en, tc.ja, tc.en)
			}
		})
	}
}

// One born on 29 February is a year older on 1 March.
func TestAge_leapDay(t *testing.T) {
	leap := wareki.Date{Year: 2004, Month: 2, Day: 29}
	for at, want := range map[wareki.Date]int{
		{Year: 2025, Month: 2, Day: 28}: 20,
		{Year: 2025, Month: 3, Day: 1}:  21,
		{Year: 2024, Month: 2, Day: 29}: 20,
	} {
		if got := leap.Age(at); got != want {
			t.Errorf("Age(%v) = %d, want %d", at, got, want)
		}
	}
}

func TestOn_isTheDayInJapan(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	if got := wareki.On(at).String(); got != "2026-11-25" {
		t.Errorf("On(%v) = %s", at, got)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"S35.4.1", "昭和35年4月1日", "1960-04-01", "令和元年5月1日", "Ｓ３５"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := wareki.ParseDate(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("ParseDate(%q): kind %s", s, fault.KindOf(err))
			}
			return
		}
		if again, err := wareki.ParseDate(d.String()); err != nil || again != d {
			t.Fatalf("ParseDate(%q) = %v, which reads back as %v, %v", s, d, again, err)
		}
	})
}

func TestZeroDateSaysNothing(t *testing.T) {
	var zero wareki.Date
	for name, got := range map[string]string{
		"String": zero.String(), "Compact": zero.Compact(), "Western": zero.Western(), "Wareki": zero.Wareki(), "Both": zero.Both(),
		"English": zero.English(), "AgeText": zero.AgeText(wareki.Date{Year: 2026, Month: 1, Day: 1}), "AgeEnglish": zero.AgeEnglish(wareki.Date{Year: 2026, Month: 1, Day: 1}),
	} {
		if got != "" {
			t.Errorf("%s of no date = %q", name, got)
		}
	}
}

func TestDays(t *testing.T) {
	d := wareki.Date{Year: 2024, Month: 2, Day: 28}
	if got, want := d.AddDays(2), (wareki.Date{Year: 2024, Month: 3, Day: 1}); got != want {
		t.Errorf("AddDays(2) = %v, want %v", got, want)
	}
	if got := d.DaysUntil(d.AddDays(-400)); got != -400 {
		t.Errorf("DaysUntil = %d, want -400", got)
	}
	if next := d.AddDays(1); !next.After(d) || !d.Before(next) || d.Compare(d) != 0 {
		t.Errorf("%v and %v are out of order", d, next)
	}
	if got := (wareki.Date{Year: 1, Month: 1, Day: 1}).DaysUntil(wareki.Date{Year: 2001, Month: 1, Day: 1}); got != 730485 {
		t.Errorf("DaysUntil over 2000 years = %d, want 730485", got)
	}
	if begins := d.Midnight(); wareki.On(begins) != d || wareki.On(begins.Add(-time.Microsecond)) != d.AddDays(-1) {
		t.Errorf("Midnight() = %v is not where %v begins in Japan", begins, d)
	}
	if got, want := d.English(), "28 Feb 2024"; got != want {
		t.Errorf("English() = %q, want %q", got, want)
	}
}
