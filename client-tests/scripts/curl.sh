# One visit with curl to wherever the environment of `postfail run` says, by the settings it says: fetches the first
# message, or sends one.
set -- -sS --max-time 20 --cacert "$POSTFAIL_CA_FILE" -u "$POSTFAIL_USER:$POSTFAIL_PASSWORD"
[ "$POSTFAIL_CLIENT_SECURITY" = starttls ] && set -- "$@" --ssl-reqd
[ "$POSTFAIL_CLIENT_CERT_FILE" ] && set -- "$@" --cert "$POSTFAIL_CLIENT_CERT_FILE" --key "$POSTFAIL_CLIENT_KEY_FILE"
case $POSTFAIL_CLIENT_SCHEME in
imap*) exec curl "$@" "$POSTFAIL_CLIENT_URL/INBOX;MAILINDEX=1" ;;
pop3*) exec curl "$@" "$POSTFAIL_CLIENT_URL/1" ;;
smtp*)
    printf 'Subject: by curl\r\n\r\nhello\r\n' |
        curl "$@" --mail-from "$POSTFAIL_USER" --mail-rcpt "$POSTFAIL_USER" -T - "$POSTFAIL_CLIENT_URL"
    ;;
esac
