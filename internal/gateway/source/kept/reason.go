package kept

import "strings"

// Reason is why a message is listed.
type Reason string

const (
	ReasonNotHL7         Reason = "not_hl7"         // no MSH, or one that cannot be read
	ReasonUnsupported    Reason = "unsupported"     // version, type, event or processing id is not of the contract
	ReasonIncomplete     Reason = "incomplete"      // something required is missing, or no value of its kind
	ReasonLarge          Reason = "large"           // it has more bytes than its listener takes
	ReasonNoPlace        Reason = "no_place"        // it does not say where the storage has it
	ReasonNoOrder        Reason = "no_order"        // the order that it ends is not there
	ReasonUnclearPart    Reason = "unclear_part"    // which part of its order it ends cannot be told
	ReasonFiling         Reason = "filing"          // the storage refuses it
	ReasonChangedID      Reason = "changed_id"      // its id was used before, for another body
	ReasonMerge          Reason = "merge"           // a merge of patient ids: links have been suspended
	ReasonMergeSelf      Reason = "merge_self"      // a merge of patient ids that names one alone: it says nothing
	ReasonMergedNumber   Reason = "merged_number"   // it is of a patient number that was merged away
	ReasonCombined       Reason = "combined"        // it has less than its entry, the rest of which stays
	ReasonReplacesMore   Reason = "replaces_more"   // it has less than its entry, whose place it takes
	ReasonCancelsNothing Reason = "cancels_nothing" // what it takes back is not there
	ReasonOtherDay       Reason = "other_day"       // it corrects results that stand under other days
	ReasonOutOfOrder     Reason = "out_of_order"    // by the sender's times others came before it that were written after it
	ReasonGoesOn         Reason = "goes_on"         // what of its order had ended goes on by it
	ReasonRepeat         Reason = "repeat"          // it came before, and was changed or cancelled since
	ReasonDamaged        Reason = "damaged"         // the list's entry of it is: what else was known is lost, the message is there
	ReasonOvertaken      Reason = "overtaken"       // measurements that were corrected or sent anew before it came
	ReasonLate           Reason = "late"            // what came since may say otherwise, or it only holds when it comes
	ReasonCut            Reason = "cut"             // it broke off: what came of it
	ReasonStray          Reason = "stray"           // bytes outside of a message
)

// piece reports whether it is no whole message that is listed.
func (r Reason) piece() bool { return r == ReasonCut || r == ReasonStray }

var reasonTexts = map[Reason]struct{ japanese, english string }{
	ReasonNotHL7:         {"HL7電文として読めません", "not an HL7 message"},
	ReasonUnsupported:    {"対応していないバージョン・種別・処理IDです", "version, type, event or processing id is not supported"},
	ReasonIncomplete:     {"必須項目がないか、値が正しくありません", "something required is missing, or is no value of its kind"},
	ReasonLarge:          {"電文が大きすぎます(受信口の上限 max_message_mb を超えています)", "larger than the listener takes (max_message_mb)"},
	ReasonNoPlace:        {"格納先を判定できません(患者ID・データ種別・診療日・オーダ番号のいずれか)", "where to file it cannot be told (patient, data type, care date or order number)"},
	ReasonNoOrder:        {"取消・中止・保留の対象となるオーダがまだ届いていません。オーダが届けば自動的に反映します", "the order that it cancels, discontinues or holds has not come yet; once it comes, this takes effect on it"},
	ReasonUnclearPart:    {"取消・中止をオーダのどの薬剤(RP)に反映するか特定できないため、何も変更していません", "which drug or RP of its order it cancels or discontinues cannot be told: nothing was changed"},
	ReasonFiling:         {"ストレージに格納できません", "the storage refuses it"},
	ReasonChangedID:      {"同じメッセージIDで内容の異なる電文です(格納済み)", "same message id with another content (filed)"},
	ReasonLate:           {"後からは格納できません(その後に届いた電文や患者IDの統合と食い違うおそれがあります)", "cannot be filed late: what came since, or a merge of its patient ID, may say otherwise"},
	ReasonDamaged:        {"一覧の情報が破損しています(電文は残っています)", "the list's entry is damaged (the message is there)"},
	ReasonCut:            {"電文が途中で切れました(届いた部分のみ)", "the message broke off (what came of it)"},
	ReasonStray:          {"電文の形式(MLLP)になっていないデータです", "data that is not framed as a message (MLLP)"},
	ReasonMergedNumber:   {"統合済みの(使われなくなった)患者IDの電文です。どの端末にも表示されません(格納済み)", "of a patient ID that was merged into another: shown to nobody (filed)"},
	ReasonCombined:       {"先に届いた電文より内容が少ないため、残りの内容を合わせて格納しました(格納済み)", "less than what came before, whose rest stays beside it (filed)"},
	ReasonReplacesMore:   {"先に届いた電文にあった内容の一部がこの電文にありません。その内容は表示されなくなりました(格納済み)", "less than what came before, which is no longer shown (filed)"},
	ReasonCancelsNothing: {"取消・中止の対象となる有効な記録が見つかりません(格納済み)", "what it takes back was not found (filed)"},
	ReasonOtherDay:       {"別の日付に格納された検査結果を訂正・取消する電文です(格納済み)", "corrects results that stand under another day (filed)"},
	ReasonOutOfOrder:     {"同じオーダの電文が作成順と異なる順序で届きました。送信側の作成日時の順に並べて反映しました。有効な内容をご確認ください(格納済み)", "messages of its order came in another order than they were written: what holds goes by when they were written, please check it (filed)"},
	ReasonGoesOn:         {"中止・取消・差替えになった薬剤や項目を、再び継続とする電文です。継続でよいかご確認ください(格納済み)", "something of its order that was discontinued, cancelled or replaced goes on again by it: please check (filed)"},
	ReasonRepeat:         {"変更・取消より前の電文と同一の内容です。有効にしていません", "the same as a message that was changed or cancelled since: it does not hold again"},
	ReasonOvertaken:      {"先に届いた訂正・取消より古い測定値と判断し、反映していません。ほかの測定値は反映しています(格納済み)", "measurements older than what was corrected or withdrawn since: what came before goes on holding (filed)"},
	ReasonMerge:          {"患者IDが統合されました。該当する連携があれば停止しています(格納済み)", "patient ids were merged: their links, if any, are suspended (filed)"},
	ReasonMergeSelf:      {"統合元と統合先が同じ患者IDの電文です。何も変更していません。誤りの場合は送信元で訂正してください", "a patient id is merged into itself: nothing was changed; if another was meant, the sender must say so"},
}

// Text says the reason in Japanese ("ja") or English (any other language).
func (r Reason) Text(language string) string {
	t, ok := reasonTexts[r]
	switch {
	case !ok:
		return string(r)
	case language == "ja":
		return t.japanese
	}
	return t.english
}

// NeedsLook reports whether somebody has to look at a message that was filed with a remark:
// what is shown may be wrong, or what was sent is shown to nobody. A merge of patient ids is
// none of these, since the links that it suspends are told of; neither is a message that was
// put together with what came before, of which everything is shown: some senders send
// nothing else.
func (r Reason) NeedsLook() bool { return r != ReasonMerge && r != ReasonCombined }

// ReasonOf gives the reason in the id of a message that was filed with a remark, empty for
// another id.
func ReasonOf(id string) Reason {
	parts := strings.SplitN(id, "-", 4)
	if classOf(id) != Flagged || len(parts) < 4 {
		return ""
	}
	return Reason(parts[3])
}
