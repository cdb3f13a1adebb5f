package portal

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/device"
)

// Client hints (W3C User-Agent Client Hints): which system a browser runs on it says by
// itself, the version only when it is asked.
const (
	hintSystem  = "Sec-CH-UA-Platform"
	hintVersion = "Sec-CH-UA-Platform-Version"
	hintsAsked  = "Accept-CH"
)

// noteSystem fills in the operating system of a terminal of which the ledger (端末台帳) has
// none: one that got its certificate as a file, of which nobody entered it. The answers to
// reading ask for the version, so it is taken from what is sent afterwards.
func (p *Portal) noteSystem(w http.ResponseWriter, r *http.Request, d device.Device) error {
	if d.OS != "" {
		return nil
	}
	if r.Method != http.MethodPost {
		w.Header().Set(hintsAsked, hintVersion)
		return nil
	}
	if os := systemOf(r.Header); os != "" {
		return p.SignIn.NoteSystem(r.Context(), d.ID, os)
	}
	return nil
}

// systemOf names the operating system of the browser that has sent the headers: by client
// hints, else by its User-Agent. Empty if neither says.
func systemOf(h http.Header) string {
	name, version := unquoted(h.Get(hintSystem)), unquoted(h.Get(hintVersion))
	switch name {
	case "Windows":
		return windowsOf(version)
	case "macOS", "Android", "iOS", "Chrome OS":
		return strings.TrimSpace(name + " " + strings.TrimSuffix(strings.TrimSuffix(version, ".0"), ".0"))
	case "Linux": // its version is the kernel's, or empty
		return name
	}
	return systemOfAgent(h.Get("User-Agent"))
}

// unquoted is the content of a quoted string of a structured header (RFC 8941) if it is a
// name or a version and nothing else.
func unquoted(quoted string) string {
	if m := quotedWord.FindStringSubmatch(quoted); m != nil {
		return m[1]
	}
	return ""
}

var quotedWord = regexp.MustCompile(`^"([A-Za-z0-9. ]{1,20})"$`)

// windowsOf names a Windows by its hint: 13 and above are Windows 11, 1 to 10 are Windows 10,
// older ones are all 0 (Microsoft Edge, Detect Windows 11 using User-Agent Client Hints).
func windowsOf(version string) string {
	major, _, _ := strings.Cut(version, ".")
	switch n, err := strconv.Atoi(major); {
	case err != nil || n < 1:
		return "Windows"
	case n >= 13:
		return "Windows 11"
	}
	return "Windows 10"
}

// agents are the systems that browsers without client hints name: Safari and Firefox.
// Windows 11 says that it is 10, and an iPad that it is a Mac.
var agents = []struct {
	has  *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`\(iPhone;.* OS (\d+(?:_\d+)*)`), "iOS"},
	{regexp.MustCompile(`\(iPad;.* OS (\d+(?:_\d+)*)`), "iPadOS"},
	{regexp.MustCompile(`\bAndroid (\d+(?:\.\d+)*)`), "Android"},
	{regexp.MustCompile(`\(Windows NT 10\.0`), "Windows 10/11"},
	{regexp.MustCompile(`\(Windows NT`), "Windows"},
	{regexp.MustCompile(`\(Macintosh;`), "macOS/iPadOS"},
	{regexp.MustCompile(`\bLinux\b`), "Linux"},
}

func systemOfAgent(agent string) string {
	if !strings.HasPrefix(agent, "Mozilla/") || len(agent) > 400 {
		return "" // no browser
	}
	for _, a := range agents {
		if m := a.has.FindStringSubmatch(agent); len(m) == 2 {
			return a.name + " " + strings.ReplaceAll(m[1], "_", ".")
		} else if m != nil {
			return a.name
		}
	}
	return ""
}
