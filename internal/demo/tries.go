package demo

import (
	"os"
	"path/filepath"
	"strings"
)

// fromHere gives a path as it is typed in the folder where the demo was started.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// try is something worth trying, for the start page.
type try struct{ Title, Text, Command string }

func (r *Running) tries() []try {
	out := []try{
		{"記録を読む", "診療所や病院の医師でログインし、患者一覧から選んで、カレンダー・処方・検体検査を開く。検査の項目を押すとグラフになる。", ""},
		{"他院の医師記録を読む", r.gateways[0].name + "は、他施設の医師に医師記録・看護記録を公開している（この病院の公開範囲の設定。初期設定では自施設の職員だけ）。つむぎ内科クリニックの医師で「文書・記録」を開く。ほかの2病院の記録は出ない。", ""},
		{"PDFをその場で開く", "「文書・記録」の種別で「レポート」や「紹介状」を選び、添付のPDFを画面の中で読む。開いたことは、その病院の管理責任者の「アクセスログ」に残る。", ""},
		{"経過表を見る", "入院歴のある患者で「経過表」を開く。体温・脈拍・血圧などの経過と、測定値の一覧が並ぶ。", ""},
		{"パスキーでログインする", "ログインしたら、画面右上の氏名から「マイアカウント」を開いてパスキーを追加する。次からは「パスキーでログイン」を押し、指紋・顔・PINで確認するだけで入れる。", ""},
		{"連携患者を登録する", "連携登録の権限を持つ職員でログインし「連携患者登録」へ。下の「まだ連携していない患者」を使う。", ""},
		{"照合で断られる", "病院の患者IDに別人の番号を入れてみる。どの項目が違うかだけが示され、相手の値は出ない。", ""},
		{"同意を撤回する", "「連携・同意」から撤回すると、ほかの端末で開いている画面も次の操作から見えなくなる。", ""},
		{"病院を止める", "「3. ゲートウェイ」で1つ止めてから患者を開く。その病院だけが「応答なし」になる。", ""},
		{"ゲートウェイ管理画面を見る", "病院の情報システム担当者として「3. ゲートウェイ」からログインし、取込元の状態・読めなかったファイルとその理由・隔離・遅れを確かめる。", ""},
		{"ストレージを外してみる", "「ゲートウェイ管理画面」を開いたまま、その病院のストレージのフォルダ名を変える。何が起きたかと対処が表示され、戻すと自動で復旧する。", ""},
		{"公開範囲を変える", "病院の管理責任者で公開範囲を変える。狭める変更はすぐ効き、広げる変更は病院のゲートウェイでの承認を待つ。", ""},
	}
	for _, h := range r.gateways {
		out[len(out)-1].Command = "bin/mizuhiki release --config " + fromHere(h.configFile) + " list"
		break
	}
	return append(out, try{"アクセスログを確かめる", "改ざんされていないことを、行ごとのハッシュと署名で検証する。", "bin/mizuhiki audit verify --dir " + fromHere(r.cfg.Dir)})
}
