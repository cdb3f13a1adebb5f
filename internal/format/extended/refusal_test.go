package extended_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	const (
		kind   = "^a^^11506-3^b^LN"
		folder = "000/001/0000012345/20240601/" + kind + "/"
		name   = "0000012345_20240601_" + kind + "_1_20240601120000000_01_1"
	)
	of := func(kind string) string { return strings.ReplaceAll(folder+name, "^a^^11506-3^b^LN", kind) }
	swap := func(old, new string) string { return folder + strings.Replace(name, old, new, 1) }
	refused := map[string]error{}
	for name, path := range map[string]string{
		"no character set":               folder + "\xFF\xFF",
		"a path of five parts":           strings.TrimPrefix(folder+name, "000/"),
		"four fields in the type":        of("a^b^c^d"),
		"a type that says nothing":       of("^^^^^LN"),
		"a type of the standard storage": of("OMP-01"),
		"three fields in the name":       folder + "a_b_c",
		"a month 13":                     swap("20240601_^", "20241301_^"),
		"no time stamp":                  swap("20240601120000000", "2024"),
		"a time stamp that is no time":   swap("20240601120000000", "20240601126000000"),
		"flag 3":                         strings.TrimSuffix(folder+name, "1") + "3",
		"no key":                         swap("_1_2", "__2"),
		"another patient's folder":       strings.Replace(folder, "0000012345", "0000012346", 1) + name,
		"another date's folder":          strings.Replace(folder, "20240601", "20240602", 1) + name,
		"another type's folder":          strings.Replace(folder, "11506-3", "18842-5", 1) + name,
		"another place":                  strings.Replace(folder, "000/001", "000/002", 1) + name,
		"a control character":            swap("_01_", "_\n_"),
	} {
		_, refused[name] = extended.ParsePath(path)
	}
	_, refused["a care date that is none"] = extended.ParseName("0000012345_2024060_" + kind + "_1_20240601120000000_01_1")

	const header = "MSH|^~\\&|A|B|C|D|20240601||ORU^R01^ORU_R01|1|P|2.5\r"
	large := func(name, body string, size int64) extended.File {
		f := file(name, body)
		f.Size = size
		return f
	}
	long := strings.Repeat(" ", cda.MaxBytes-2000)
	var many, parsed []extended.File
	for i := range extended.MaxFiles + 1 {
		many = append(many, file(fmt.Sprint(i), "a"))
	}
	symbol := "JAHISTC08,1\n1,髙橋 花子,2,19760101\n4," + strings.Repeat("x", jahis.MaxBytes-100) + "\n"
	var symbols []extended.File
	for i := range (256<<20)/len(symbol) + 1 {
		symbols = append(symbols, file(fmt.Sprint(i), symbol))
	}
	for i := range 5 {
		parsed = append(parsed, file(fmt.Sprint(i), cdaOf(ownID, "高橋", "花子", "19760101", "F", empty+long)))
	}
	for name, files := range map[string][]extended.File{
		"no file":                      nil,
		"too many files":               many,
		"an empty file":                {file("a", "")},
		"a large text":                 {large("a", "words", 1<<40)},
		"a text that has grown":        {{Name: "a", Size: 10, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(long)), nil }}},
		"CDA of too much":              parsed,
		"notebooks of too much":        symbols,
		"a message of nobody":          {file("a", header)},
		"another's message":            {file("a", header+"PID|||0000099999\r")},
		"a message of two":             {file("a", header+"PID|||0000012345\rPID|||0000099999\r")},
		"a document of another":        {file("a", cdaOf(otherID, "高橋", "花子", "19760101", "F", empty))},
		"a document of another birth":  {file("a", cdaOf(ownID, "高橋", "花子", "19770101", "F", empty))},
		"a document of another sex":    {file("a", cdaOf(ownID, "高橋", "花子", "19760101", "M", empty))},
		"a document with another name": {file("a", cdaOf(ownID, "高橋", "月子", "19760101", "F", empty))},
	} {
		_, refused[name] = extended.Read(parse(t, kind), hanako, files)
	}
	refusaltest.Check(t, refused)
}
