package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// filePolicy is what a file lives under that a browser shows by itself: no script, no
// form, no origin, nothing from anywhere. What is inside came from a hospital's storage
// and from whoever wrote it there.
const filePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// file sends one file of a document. The path holds ids of the network and a number.
//
// Like the progress of a fetch it leaves rows in somebody's name, so a browser that says
// that no page of the portal asks finds nothing here.
func (p *Portal) file(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return fault.New(fault.NotFound, "a file that no page of the portal asked for")
	}
	ref, err := fileRef(r)
	if err != nil {
		return err
	}
	err = p.Disclose.SendFile(r.Context(), c, ref, func(f clinical.File) io.Writer {
		fileHeader(w.Header(), f, r.FormValue("save") == "1")
		return &flushed{w, http.NewResponseController(w)}
	})
	if errors.Is(err, disclose.ErrCut) {
		p.breakOff(r, err)
	}
	return err
}

func fileRef(r *http.Request) (ref disclose.FileRef, err error) {
	if ref.Person, err = pathID[ident.PersonID](r, "person"); err != nil {
		return ref, err
	}
	if ref.Facility, err = pathID[ident.FacilityID](r, "facility"); err != nil {
		return ref, err
	}
	if ref.Item, err = pathID[ident.ItemID](r, "item"); err != nil {
		return ref, err
	}
	ref.Number, err = strconv.Atoi(r.PathValue("n"))
	if err != nil || ref.Number < 0 || strconv.Itoa(ref.Number) != r.PathValue("n") {
		return ref, fault.New(fault.NotFound, "path value n is no number of a file")
	}
	ref.Mark = r.PathValue("mark")
	return ref, nil
}

// fileHeader says what a file is. Only what is on the short list of [page.ShownType]
// keeps its type; the rest is bytes to be saved, whatever the hospital calls them.
func fileHeader(h http.Header, f clinical.File, save bool) {
	kind, disposition := "application/octet-stream", "attachment"
	if page.ShownType(f.MediaType) {
		kind = f.MediaType
		if !save {
			disposition = "inline"
		}
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": fileName(f)}))
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if f.Size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	}
}

// maxFileName is how many characters of a name are kept; file systems take 255 bytes.
const maxFileName = 80

// fileName makes a name that can be saved anywhere and hides nothing: no folders, no
// control characters, none that turn the direction of reading around.
func fileName(f clinical.File) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		case strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		}
		return r
	}, f.Name)
	clean = strings.Trim(clean, " .")
	if runes := []rune(clean); len(runes) > maxFileName {
		ending := "" // say what it is also where the middle is cut
		if i := strings.LastIndexByte(clean, '.'); i >= 0 && len(clean)-i <= len(".jpeg") {
			ending = clean[i:]
		}
		clean = string(runes[:maxFileName-len(ending)]) + ending
	}
	if clean == "" {
		return "file"
	}
	return clean
}

// flushed sends everything at once: the server counts its time anew at every flush, and
// a reader that is there must get what has come.
type flushed struct {
	w   io.Writer
	out *http.ResponseController
}

func (f *flushed) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = f.out.Flush()
	}
	return n, err
}
