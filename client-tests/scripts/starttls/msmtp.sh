# One mail with msmtp: tls on insists on STARTTLS.
home=$(mktemp -d "$KEPT/XXXXXX")
umask 077
cat >"$home/rc" <<RC
account default
host localhost
port $POSTFAIL_CLIENT_PORT
timeout 4
from $POSTFAIL_USER
tls on
tls_starttls on
tls_trust_file $POSTFAIL_CA_FILE
auth plain
user $POSTFAIL_USER
passwordeval echo '$POSTFAIL_PASSWORD'
RC
printf 'Subject: by msmtp\n\nhello\n' | msmtp -C "$home/rc" "$POSTFAIL_USER"
