package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
)

func TestSystemOf(t *testing.T) {
	const (
		safari  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
		iPad    = "Mozilla/5.0 (iPad; CPU OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
		iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
		firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
		linux   = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
		android = "Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"
	)
	for name, tc := range map[string]struct{ platform, version, agent, want string }{
		"Windows 11":                {`"Windows"`, `"15.0.0"`, firefox, "Windows 11"},
		"Windows 10":                {`"Windows"`, `"10.0.0"`, firefox, "Windows 10"},
		"an older Windows":          {`"Windows"`, `"0.3.0"`, "", "Windows"},
		"Windows without version":   {`"Windows"`, "", "", "Windows"},
		"macOS":                     {`"macOS"`, `"15.6.1"`, safari, "macOS 15.6.1"},
		"macOS, a whole version":    {`"macOS"`, `"26.0.0"`, "", "macOS 26"},
		"Chrome OS":                 {`"Chrome OS"`, `"16181.61.0"`, "", "Chrome OS 16181.61"},
		"Linux":                     {`"Linux"`, `"6.1.0"`, "", "Linux"},
		"Safari":                    {"", "", safari, "macOS/iPadOS"},
		"iPad":                      {"", "", iPad, "iPadOS 17.5.1"},
		"iPhone":                    {"", "", iPhone, "iOS 18.0"},
		"Firefox on Windows":        {"", "", firefox, "Windows 10/11"},
		"Firefox on Linux":          {"", "", linux, "Linux"},
		"Firefox on Android":        {"", "", android, "Android 14"},
		"what hints don't know":     {`"Unknown"`, "", linux, "Linux"},
		"a hint that is none":       {`"Windows<script>"`, "", "", ""},
		"a version that is none":    {`"macOS"`, `"=1+1"`, "", "macOS"},
		"a hint without end":        {`"` + strings.Repeat("W", 300) + `"`, "", "", ""},
		"a program":                 {"", "", "Go-http-client/2.0", ""},
		"nothing":                   {"", "", "", ""},
		"an agent that is too long": {"", "", linux + strings.Repeat(" ", 400), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			h.Set(hintSystem, tc.platform)
			h.Set(hintVersion, tc.version)
			h.Set("User-Agent", tc.agent)
			if got := systemOf(h); got != tc.want {
				t.Errorf("systemOf = %q, want %q", got, tc.want)
			}
		})
	}
}

// The ledger takes a terminal's system from its browser where nobody has entered it.
func TestReq_CERT01_systemOfATerminalEnrolledByFile(t *testing.T) {
	d := newDesk(t)
	b := d.terminal(d.home.ID)
	d.Exec(`UPDATE device SET os = '' WHERE id = $1`, string(b.dev))
	system := func() string {
		dev, err := devicedb.Store{}.Device(t.Context(), d.DB.Reader(), b.dev)
		if err != nil {
			t.Fatal(err)
		}
		return dev.OS
	}
	runs := func(version string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set(hintSystem, `"Windows"`)
			r.Header.Set(hintVersion, version)
		}
	}
	if got := b.do(http.MethodGet, "/signin", nil, runs("")); got.Header.Get(hintsAsked) != hintVersion || system() != "" {
		t.Errorf("asked for %q; the ledger says %q before the version is known", got.Header.Get(hintsAsked), system())
	}
	b.do(http.MethodPost, "/signin", url.Values{}) // which says nothing of itself
	if got := system(); got != "" {
		t.Errorf("the ledger says %q of a terminal that says nothing", got)
	}
	b.do(http.MethodPost, "/signin", url.Values{}, runs(`"15.0.0"`)).want(t, http.StatusUnauthorized, "")
	if got := system(); got != "Windows 11" {
		t.Errorf("the ledger says %q, want Windows 11", got)
	}
	b.do(http.MethodPost, "/signin", url.Values{}, runs(`"10.0.0"`))
	if got := system(); got != "Windows 11" {
		t.Errorf("what stands in the ledger was written over by %q", got)
	}
	if got := b.do(http.MethodGet, "/signin", nil); got.Header.Get(hintsAsked) != "" {
		t.Error("a terminal that is known is asked")
	}
}
