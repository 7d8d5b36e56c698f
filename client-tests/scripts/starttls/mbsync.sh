# One visit with mbsync (isync), all folders: SSLType STARTTLS insists.
home=$(mktemp -d "$KEPT/XXXXXX")
mkdir "$home/mail"
umask 077
cat >"$home/rc" <<RC
IMAPAccount a
Host localhost
Port $POSTFAIL_CLIENT_PORT
User $POSTFAIL_USER
PassCmd "echo '$POSTFAIL_PASSWORD'"
AuthMechs LOGIN
SSLType STARTTLS
CertificateFile $POSTFAIL_CA_FILE
Timeout 4

IMAPStore far
Account a

MaildirStore near
Path $home/mail/
Inbox $home/mail/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
SyncState *
RC
exec mbsync -c "$home/rc" c
