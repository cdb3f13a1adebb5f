package portal

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
)

// urls are the attributes of a page that hold addresses.
var urls = regexp.MustCompile(`(?:href|src|action|formaction|data-url|data-part|poster)="([^"]*)"`)

// Forms that GET answers put their fields into the URL.
var getForm = regexp.MustCompile(`(?s)<form method="get".*?</form>`)

var typedField = regexp.MustCompile(`<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"`)

// No address of any page, and no place that an answer leads to, says who a patient is:
// histories, proxies and log files keep addresses.
func TestReq_WEB04_noPatientInAnyURL(t *testing.T) {
	d := newDesk(t)
	d.expectAtHome("0009009")
	third := d.third("0005005")
	b := d.in(who{login: "hanae", profession: access.Nurse, roles: []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}})
	secrets := []string{
		name, "水引", "花子", kanaOf, "ミズヒキ", "みずひき", string(ownID), string(otherID), "0005005", "0009009",
		"1948", "S23", "昭和23", "結び 秋", "ムスビ", "結町",
	}
	check := func(t *testing.T, where, address string) {
		t.Helper()
		plain, err := url.QueryUnescape(html.UnescapeString(address))
		if err != nil {
			plain = html.UnescapeString(address)
		}
		for _, s := range secrets {
			if strings.Contains(plain, s) {
				t.Errorf("%s: the address %q holds %q", where, plain, s)
			}
		}
	}
	inspect := func(t *testing.T, where string, a answer) {
		t.Helper()
		check(t, where, a.Header.Get("Location"))
		for _, m := range urls.FindAllStringSubmatch(a.body, -1) {
			check(t, where, m[1])
		}
		for _, form := range getForm.FindAllString(a.body, -1) {
			for _, m := range typedField.FindAllStringSubmatch(form, -1) {
				check(t, where+": form by GET", m[2])
			}
		}
	}

	// What is typed, by every form that takes a patient's name, number or birth date.
	for where, tc := range map[string]struct {
		path string
		form []string
	}{
		"search":            {"/patients", []string{"q", kanaOf}},
		"search by number":  {"/patients", []string{"q", string(ownID), "sort", "latest"}},
		"search by birth":   {"/patients", []string{"q", "S23.3.9"}},
		"register: find":    {"/register/find", []string{"kana", kanaOf, "birth_date", "S23.3.9", "sex", "F"}},
		"register: refused": {"/register", typed("name", "")},
		"register":          {"/register", typed()},
		"candidates":        {d.path("/candidates"), []string{"facility", string(third)}},
		"link refused":      {d.path("/link"), []string{"facility", string(third), "patient_id", string(ownID)}},
		"log":               {"/manage/log", []string{"q", name}},
		"log, older":        {"/manage/log", []string{"q", name, "from", "R8.11.1"}},
	} {
		t.Run(where, func(t *testing.T) {
			got := b.post(tc.path, tc.form...)
			if got.StatusCode >= http.StatusInternalServerError || got.StatusCode == http.StatusNotFound {
				t.Fatalf("status %d", got.StatusCode)
			}
			inspect(t, where, got)
		})
	}

	// And every address that pages lead to.
	patients := 0
	for path, got := range b.crawl() {
		inspect(t, path, got)
		if strings.HasPrefix(path, "/patients/") && got.StatusCode == http.StatusOK {
			patients++
		}
	}
	if patients < 10 {
		t.Errorf("the crawl opened %d pages of patients: it goes too little way", patients)
	}
}

// crawl gets every address that pages lead to, from the first one on.
func (b *browser) crawl() map[string]answer {
	b.d.Helper()
	seen, open := map[string]answer{}, []string{"/", "/patients", "/patients?sort=latest", "/manage/log"}
	for len(open) > 0 && len(seen) < 200 {
		path := open[0]
		open = open[1:]
		if _, done := seen[path]; done || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "/assets/") {
			continue
		}
		got := b.get(path)
		seen[path] = got
		open = append(open, got.Header.Get("Location"))
		for _, m := range urls.FindAllStringSubmatch(got.body, -1) {
			open = append(open, html.UnescapeString(m[1]))
		}
	}
	return seen
}

// Whatever one facility's staff can open, another's finds nothing there: every address
// of the one, asked for by the other, who has no link to the patient.
func TestReq_AZ03_addressesOfAnotherFacility(t *testing.T) {
	d := newDesk(t)
	roles := []access.Role{access.RoleViewer, access.RoleLiaison, access.RoleManager}
	b := d.in(who{profession: access.Nurse, roles: roles})
	outsider, _ := d.account(flowtest.Clinic, who{profession: access.Physician, roles: roles})
	outsider.resume()
	tried := 0
	for path, got := range b.crawl() {
		if !strings.Contains(path, string(d.patient.ID)) && !strings.Contains(path, string(b.user.ID)) {
			continue
		}
		tried++
		method, form := http.MethodGet, url.Values(nil)
		if got.StatusCode == http.StatusNotFound { // the address of a form
			method, form = http.MethodPost, url.Values{"facility": {string(d.other.ID)}, "patient_id": {"1"}, "link": {string(d.item)}, "reason": {"x"}, "roles": {"viewer"}, "basis": {"written"}, "signer": {"本人"}, "consent_date": {"R8.11.25"}}
		}
		if theirs := outsider.do(method, path, form); theirs.StatusCode != http.StatusNotFound || strings.Contains(theirs.body, name) {
			t.Errorf("%s %s: status %d, want 404", method, path, theirs.StatusCode)
		}
	}
	if tried < 12 {
		t.Errorf("%d addresses were tried: the crawl goes too little way", tried)
	}
}
