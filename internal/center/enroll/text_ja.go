package enroll

import "mizuhiki.dev/mizuhiki/internal/fault"

// textsJapanese holds the words of the pages of links in Japanese. Steps are numbered from 1.
var textsJapanese = map[fault.Key]string{
	"title":   "端末の登録",
	"refused": "このリンクは使えません。リンクは発行から10分以内に一度だけ使えます。施設管理者に再発行を依頼してください。",
	"busy":    "アクセスが集中しています。少し待ってからもう一度お試しください。",
	"failed":  "ファイルを作成できませんでした。運営事務局に連絡してください。お問い合わせの際は、この番号をお伝えください:",
	"get":     "証明書を受け取る",

	"helper.lead":   "施設管理者の画面に表示されたコマンドを、登録する端末で実行してください。鍵はこの端末の中で作られ、外に出ません。コードは10分間、一度だけ使えます。",
	"helper.step1":  "Windows: 管理者ではなく、いつも使うユーザーでサインインし、PowerShellで mizuhiki.exe を実行します。",
	"helper.step2":  "macOS: ターミナルで実行します。キーチェーンの確認が出たら、macOSのパスワードを入力します。",
	"helper.step3":  "Linux: libnss3-tools を入れてから実行します。ブラウザーは起動し直してください。",
	"helper.step4":  "iPad・iPhone: コマンドは使えません。施設管理者に「構成プロファイル」での登録を依頼してください。",
	"pkcs12.lead":   "下のボタンで、この端末の電子証明書（.p12）を受け取ります。受け取れるのは一度だけです。必ず、登録する端末で押してください。",
	"pkcs12.step1":  "ファイルを受け取り、開きます。",
	"pkcs12.step2":  "パスワードを聞かれたら、施設管理者から受け取ったパスワードを入力します。",
	"pkcs12.step3":  "「キーのエクスポートを可能にする」は選ばないでください。",
	"pkcs12.step4":  "取り込めたらファイルを削除し、ブラウザーを起動し直します。",
	"profile.lead":  "下のボタンで、このiPad・iPhoneの構成プロファイルを受け取ります。受け取れるのは一度だけです。必ず、登録する端末のSafariで押してください。",
	"profile.step1": "「許可」をタップして受け取ります。",
	"profile.step2": "「設定」→「プロファイルがダウンロードされました」→「インストール」の順にタップします。パスワードを聞かれたら、施設管理者から受け取ったパスワードを入力します。",
	"profile.step3": "「設定」→「一般」→「情報」→「証明書信頼設定」で、センターのルート証明書を有効にします。",
}
