package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (d *desk) filePath(n string) string {
	return d.path("/files/" + string(d.other.ID) + "/" + string(d.letter) + "/" + n + "/" + letterFile.Mark())
}

// The headers of the file route. Nothing but three types is ever shown by a browser
// under its own name, and what is shown is shown in a sandbox.
func TestReq_WEB03_fileHeaders(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	base := http.Header{
		"Cache-Control": {"no-store"}, "Content-Length": {"4"}, "Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'; sandbox"},
		"Cross-Origin-Resource-Policy": {"same-origin"}, "X-Content-Type-Options": {"nosniff"},
	}
	for name, tc := range map[string]struct {
		file        clinical.File
		query       string
		kind        string
		disposition string
	}{
		"a PDF":                           {clinical.File{Name: "紹介状.pdf", MediaType: "application/pdf"}, "", "application/pdf", "inline; filename*=utf-8''%E7%B4%B9%E4%BB%8B%E7%8A%B6.pdf"},
		"a PDF to be saved":               {clinical.File{Name: "a.pdf", MediaType: "application/pdf"}, "?save=1", "application/pdf", "attachment; filename=a.pdf"},
		"a PNG":                           {clinical.File{Name: "a.png", MediaType: "image/png"}, "", "image/png", "inline; filename=a.png"},
		"a JPEG":                          {clinical.File{Name: "a.jpg", MediaType: "image/jpeg"}, "", "image/jpeg", "inline; filename=a.jpg"},
		"a TIFF":                          {clinical.File{Name: "a.tif", MediaType: "image/tiff"}, "", "application/octet-stream", "attachment; filename=a.tif"},
		"HTML":                            {clinical.File{Name: "a.html", MediaType: "text/html"}, "", "application/octet-stream", "attachment; filename=a.html"},
		"SVG":                             {clinical.File{Name: "a.svg", MediaType: "image/svg+xml"}, "", "application/octet-stream", "attachment; filename=a.svg"},
		"a type with more behind it":      {clinical.File{Name: "a.pdf", MediaType: "application/pdf\r\nSet-Cookie: x=1"}, "", "application/octet-stream", "attachment; filename=a.pdf"},
		"no type":                         {clinical.File{Name: "a"}, "", "application/octet-stream", "attachment; filename=a"},
		"a name with a folder":            {clinical.File{Name: `..\..\/etc/passwd`, MediaType: "x/y"}, "", "application/octet-stream", "attachment; filename=_..__etc_passwd"},
		"a name with a line break":        {clinical.File{Name: "a\r\nSet-Cookie: x=1.pdf", MediaType: "x/y"}, "", "application/octet-stream", `attachment; filename="aSet-Cookie_ x=1.pdf"`},
		"a name that turns around":        {clinical.File{Name: "ab\u202efdp.exe", MediaType: "x/y"}, "", "application/octet-stream", "attachment; filename=abfdp.exe"},
		"a name with quotes":              {clinical.File{Name: `a"; filename="b.exe`, MediaType: "x/y"}, "", "application/octet-stream", `attachment; filename="a_; filename=_b.exe"`},
		"no name":                         {clinical.File{MediaType: "x/y"}, "", "application/octet-stream", "attachment; filename=file"},
		"a name of nothing but bad signs": {clinical.File{Name: " .\x00. ", MediaType: "x/y"}, "", "application/octet-stream", "attachment; filename=file"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.file.Size = 4
			d.holds(tc.file, "data")
			got := b.get(d.filePath("0") + tc.query)
			got.want(t, http.StatusOK, "")
			want := base.Clone()
			want.Set("Content-Type", tc.kind)
			want.Set("Content-Disposition", tc.disposition)
			if diff := cmp.Diff(want, got.Header); diff != "" || got.body != "data" {
				t.Errorf("body %q, header (-want +got):\n%s", got.body, diff)
			}
		})
	}
}

func TestFileName_isCut(t *testing.T) {
	got := fileName(clinical.File{Name: strings.Repeat("長", 200) + ".pdf"})
	if n := len([]rune(got)); n != maxFileName || !strings.HasSuffix(got, "長.pdf") {
		t.Errorf("%d characters, %q", n, got)
	}
}

// Addresses of files that are not the reader's: all the same, and nothing begins.
func TestReq_AZ03_files(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	foreign := d.Item(d.other.ID, "another patient", clinical.KindReferral, "20261101").ID
	stranger, _ := d.account(flowtest.Clinic, who{profession: access.Physician, roles: []access.Role{access.RoleViewer}})
	stranger.resume()
	other := d.Person("結び 秋", "ムスビ アキ")
	at := func(p ident.PersonID, f ident.FacilityID, item ident.ItemID, n string) string {
		return fmt.Sprintf("/patients/%s/files/%s/%s/%s/0123456789abcdef", p, f, item, n)
	}
	for name, tc := range map[string]struct {
		by   *browser
		path string
	}{
		"replayed by another facility":       {stranger, d.filePath("0")},
		"of another person":                  {b, at(other.ID, d.other.ID, d.letter, "0")},
		"of another facility":                {b, at(d.patient.ID, d.home.ID, d.letter, "0")},
		"of another patient":                 {b, at(d.patient.ID, d.other.ID, foreign, "0")},
		"of no document":                     {b, at(d.patient.ID, d.other.ID, ident.New[ident.ItemID](), "0")},
		"by somebody who reads nothing":      {d.clerk(), d.filePath("0")},
		"no number":                          {b, d.filePath("x")},
		"a number with a sign":               {b, d.filePath("-1")},
		"a number in another writing":        {b, d.filePath("00")},
		"a number beyond all":                {b, d.filePath("99999999999999999999")},
		"no id":                              {b, d.path("/files/x/y/0/0")},
		"what is withdrawn in the meanwhile": {b, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.path == "" {
				tc.path = d.filePath("0")
				d.Revoke(d.patient.ID)
				defer d.Consent(d.patient.ID)
			}
			got := tc.by.get(tc.path)
			got.want(t, http.StatusNotFound, "")
			if strings.Contains(got.body, "%PDF") || got.Header.Get("Content-Disposition") != "" {
				t.Errorf("header %v, body %q", got.Header, got.body)
			}
		})
	}
}

// A file leaves rows in somebody's name: only pages of the portal may cause it.
func TestFile_onlyForThePortalsPages(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	for site, want := range map[string]int{"same-origin": 200, "": 200, "none": 404, "cross-site": 404, "same-site": 404} {
		t.Run(site, func(t *testing.T) {
			before := len(d.Events(audit.ActionDecide))
			got := b.do(http.MethodGet, d.filePath("0"), nil, func(r *http.Request) {
				if site != "" {
					r.Header.Set("Sec-Fetch-Site", site)
				}
			})
			got.want(t, want, "")
			if asked := len(d.Events(audit.ActionDecide)) > before; asked != (want == 200) {
				t.Errorf("decided: %v", asked)
			}
		})
	}
}

// What breaks off must not look whole.
func TestFile_cutAbortsTheAnswer(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	d.holds(clinical.File{Name: "a.pdf", MediaType: "application/pdf", Size: 100}, "%PDF-half")
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the handler ends with %v, want an abort", p)
		}
	}()
	b.get(d.filePath("0"))
}

func TestItems_filesOfADocument(t *testing.T) {
	d := newDesk(t)
	got := d.doctor().get(d.path("/items/" + string(d.other.ID) + "/" + string(d.letter)))
	got.want(t, http.StatusOK, "")
	got.shows(t, "紹介状.pdf", `href="`+d.filePath("0")+`" data-view="pdf"`, `href="`+d.filePath("0")+`?save=1" download`)
}
