package center_test

import (
	"io"
	"net/http"
	"testing"
)

// Whoever is at a registered terminal may have been led here by a name of somebody else's.
func TestReq_WEB01_centerAnswersToItsOwnNames(t *testing.T) {
	cfg, res := initialised(t)
	cfg.Portal.Public, cfg.Enroll.Public = "https://clinic.example.jp:8443", "https://enroll.example.jp"
	cfg.Portal.PasskeyOrigins = []string{"https://renkei.hospital.example.jp"}
	r := start(t, cfg)
	client := terminalClient(t, r, res)
	portal, enroll := "https://"+r.PortalAddr.String()+"/signin", "https://"+r.EnrollAddr.String()+"/terminal/pkcs12/x"
	for name, tc := range map[string]struct {
		url, host string
		want      int
	}{
		"a name of the certificate":         {portal, "localhost", http.StatusOK},
		"what terminals are told":           {portal, "clinic.example.jp:8443", http.StatusOK},
		"a proxy's name":                    {portal, "renkei.hospital.example.jp", http.StatusOK},
		"what newcomers are told":           {enroll, "enroll.example.jp", http.StatusOK},
		"somebody else's name":              {portal, "evil.example", http.StatusMisdirectedRequest},
		"somebody else's name at enrolment": {enroll, "evil.example", http.StatusMisdirectedRequest},
		"health, by any name":               {"https://" + r.EnrollAddr.String() + "/healthz", "10.0.0.9", http.StatusNoContent},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tc.host
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			io.Copy(io.Discard, res.Body)
			if res.StatusCode != tc.want {
				t.Errorf("status = %d, want %d", res.StatusCode, tc.want)
			}
			if res.Header.Get("Strict-Transport-Security") == "" {
				t.Error("no Strict-Transport-Security")
			}
		})
	}
}
