package extended

import (
	"bytes"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// Media types, as the first bytes of a file say them.
const (
	mediaCDA     = "application/hl7-cda+xml"
	mediaAECG    = "application/hl7-aecg+xml"
	mediaHL7     = "application/hl7-v2"
	mediaHTML    = "text/html"
	mediaText    = "text/plain"
	mediaXML     = "application/xml"
	mediaPDF     = "application/pdf"
	mediaDICOM   = "application/dicom"
	mediaUnknown = "application/octet-stream"

	mediaWord       = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mediaSheet      = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaSlides     = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	mediaOldOffice  = "application/x-ole-storage"
	mediaRichText   = "application/rtf"
	mediaZip        = "application/zip"
	mediaMFER       = "application/x-mfer"
	mediaSCP        = "application/x-scp-ecg"
	mediaMP4        = "video/mp4"
	mediaJPEG       = "image/jpeg"
	mediaPNG        = "image/png"
	mediaTIFF       = "image/tiff"
	mediaGIF        = "image/gif"
	mediaBMP        = "image/bmp"
	textLookedAt    = 8 << 10
	openXMLLookedAt = 4 << 10
)

// MediaType tells a file's type by its first bytes; application/octet-stream if they say
// none. Of CDA it says application/xml, which is what a browser is to make of it.
func MediaType(head []byte) string { return shown(sniff(head)) }

// shown gives the media type that others know.
func shown(media string) string {
	if media == mediaCDA || media == mediaAECG {
		return mediaXML
	}
	return media
}

var magics = []struct{ magic, media string }{
	{"%PDF-", mediaPDF},
	{"\xFF\xD8\xFF", mediaJPEG},
	{"\x89PNG\r\n\x1A\n", mediaPNG},
	{"II*\x00", mediaTIFF},
	{"MM\x00*", mediaTIFF},
	{"GIF87a", mediaGIF},
	{"GIF89a", mediaGIF},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", mediaOldOffice},
	{"{\\rtf", mediaRichText},
}

// sniff is [MediaType] that tells clinical documents and annotated ECGs from other XML.
func sniff(head []byte) string {
	if dicom.Recognised(head) {
		return mediaDICOM // before TIFF: a file may be both
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.media
		}
	}
	begin := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), "\x0B\r\n\t ")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openXML(head)
	case waveform.IsSCP(head):
		return mediaSCP
	case waveform.IsMFER(head):
		return mediaMFER
	case len(head) > 12 && string(head[4:8]) == "ftyp":
		return mediaMP4
	case len(head) > 26 && bytes.HasPrefix(head, []byte("BM")) && bytes.Equal(head[6:10], make([]byte, 4)):
		return mediaBMP
	// These say whom they are of, and must be asked even if some byte in them is no text.
	case bytes.HasPrefix(begin, []byte("MSH|")):
		return mediaHL7
	case !looksLikeText(head):
		switch {
		case !bytes.HasPrefix(begin, []byte("<")):
		case bytes.Contains(head, []byte(cda.DocumentElement)):
			return mediaCDA
		case bytes.Contains(head, []byte(cda.AnnotatedECG)):
			return mediaAECG
		}
		return mediaUnknown
	}
	switch {
	case prose.IsHTML(head):
		return mediaHTML
	case !bytes.HasPrefix(begin, []byte("<")) && !isUTF16(head):
		return mediaText
	}
	switch root := cda.Root(head); {
	case root == cda.DocumentElement:
		return mediaCDA
	case root == cda.AnnotatedECG:
		return mediaAECG
	case bytes.HasPrefix(begin, []byte("<?xml")), bytes.HasPrefix(begin, []byte("<!DOCTYPE")):
		if root == "" { // nobody can tell: it must prove to be a clinical document
			return mediaCDA
		}
		return mediaXML
	case isUTF16(head) && root != "":
		return mediaXML
	}
	return mediaText
}

// openXML tells the packages of office programs by the names that stand in the clear at
// the begin of the archive. The archive is not opened.
func openXML(head []byte) string {
	head = head[:min(len(head), openXMLLookedAt)]
	if !bytes.Contains(head, []byte("[Content_Types].xml")) && !bytes.Contains(head, []byte("_rels/")) {
		return mediaZip
	}
	for _, m := range []struct{ folder, media string }{{"word/", mediaWord}, {"xl/", mediaSheet}, {"ppt/", mediaSlides}} {
		if bytes.Contains(head, []byte(m.folder)) {
			return m.media
		}
	}
	return mediaZip
}

func isUTF16(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xFE, 0xFF}) || bytes.HasPrefix(head, []byte{0xFF, 0xFE})
}

// looksLikeText reports whether bytes could be text: they decode, but for so few that
// package prose shows them as damage. Binary files have control characters and bytes of
// no character set all over.
func looksLikeText(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	if isUTF16(head) {
		return len(head)%2 == 0 || len(head) >= headBytes
	}
	head = head[:min(len(head), textLookedAt)]
	if end := len(head); end == textLookedAt { // may end inside a character
		head = head[:bytes.LastIndexFunc(head, func(r rune) bool { return r < utf8.RuneSelf })+1]
	}
	_, _, err := prose.Decode(head, "")
	return err == nil
}
