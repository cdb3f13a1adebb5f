package enroll

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"fmt"
)

// profile makes an Apple configuration profile (構成プロファイル, Configuration Profile
// Reference: com.apple.security.pkcs12, com.apple.security.root) with the terminal's
// sealed identity and the root that vouches for the portal. The password is not in it:
// the device asks for it.
func (p parcel) profile() ([]byte, error) {
	sealed, err := p.pkcs12()
	if err != nil {
		return nil, err
	}
	id := "dev.mizuhiki.terminal." + string(p.device.ID)
	whole := dict{
		{"PayloadType", "Configuration"}, {"PayloadVersion", 1}, {"PayloadIdentifier", id}, {"PayloadUUID", newUUID()},
		{"PayloadDisplayName", "Mizuhiki " + p.facilityName + " " + p.device.Name}, {"PayloadOrganization", p.facilityName},
		{"PayloadDescription", "地域医療情報連携ネットワークの端末証明書"},
		{"PayloadContent", []dict{
			{
				{"PayloadType", "com.apple.security.root"}, {"PayloadVersion", 1}, {"PayloadIdentifier", id + ".root"}, {"PayloadUUID", newUUID()},
				{"PayloadDisplayName", p.root.Subject.CommonName}, {"PayloadCertificateFileName", "center-root.cer"}, {"PayloadContent", p.root.Raw},
			},
			{
				{"PayloadType", "com.apple.security.pkcs12"}, {"PayloadVersion", 1}, {"PayloadIdentifier", id + ".identity"}, {"PayloadUUID", newUUID()},
				{"PayloadDisplayName", p.device.Name}, {"PayloadCertificateFileName", "terminal.p12"}, {"PayloadContent", sealed},
			},
		}},
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	out.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n")
	writeValue(&out, whole)
	out.WriteString("</plist>\n")
	return out.Bytes(), nil
}

// dict is a dictionary of a property list, in the order in which it is written.
type dict []struct {
	key   string
	value any // string, int, []byte, dict or []dict
}

func writeValue(out *bytes.Buffer, value any) {
	switch v := value.(type) {
	case string:
		out.WriteString("<string>")
		_ = xml.EscapeText(out, []byte(v)) // a buffer takes everything
		out.WriteString("</string>\n")
	case int:
		fmt.Fprintf(out, "<integer>%d</integer>\n", v)
	case []byte:
		fmt.Fprintf(out, "<data>%s</data>\n", base64.StdEncoding.EncodeToString(v))
	case dict:
		out.WriteString("<dict>\n")
		for _, e := range v {
			fmt.Fprintf(out, "<key>%s</key>\n", e.key)
			writeValue(out, e.value)
		}
		out.WriteString("</dict>\n")
	case []dict:
		out.WriteString("<array>\n")
		for _, d := range v {
			writeValue(out, d)
		}
		out.WriteString("</array>\n")
	default:
		panic(fmt.Sprintf("enroll: no form for %T in a property list", value))
	}
}

// newUUID makes a random UUID (RFC 9562 §5.4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
