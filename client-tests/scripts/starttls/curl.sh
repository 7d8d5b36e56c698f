# One visit with curl, set up as POSTFAIL_CLIENT_SECURITY says.
tls=--ssl-reqd
[ "$POSTFAIL_CLIENT_SECURITY" = opportunistic ] && tls=--ssl
set -- -sS --max-time 4 "$tls" --cacert "$POSTFAIL_CA_FILE" -u "$POSTFAIL_USER:$POSTFAIL_PASSWORD"
case $POSTFAIL_CLIENT_SCHEME in
imap) exec curl "$@" "$POSTFAIL_CLIENT_URL/INBOX;MAILINDEX=1" ;;
pop3) exec curl "$@" "$POSTFAIL_CLIENT_URL/1" ;;
smtp)
    printf 'Subject: by curl\r\n\r\nhello\r\n' |
        curl "$@" --mail-from "$POSTFAIL_USER" --mail-rcpt "$POSTFAIL_USER" -T - "$POSTFAIL_CLIENT_URL"
    ;;
esac
