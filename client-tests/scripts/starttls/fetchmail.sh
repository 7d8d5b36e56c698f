# One visit with fetchmail: sslproto 'tls1+' insists on STARTTLS; without it and
# sslcertck fetchmail takes STARTTLS where there is some.
home=$(mktemp -d "$KEPT/XXXXXX")
tls="sslproto 'tls1+' sslcertck sslcertfile '$POSTFAIL_CA_FILE'"
[ "$POSTFAIL_CLIENT_SECURITY" = opportunistic ] && tls="no sslcertck"
umask 077
cat >"$home/rc" <<RC
set no syslog
set no bouncemail
poll localhost port $POSTFAIL_CLIENT_PORT proto $POSTFAIL_CLIENT_SCHEME timeout 4
 user '$POSTFAIL_USER' pass '$POSTFAIL_PASSWORD' fetchall keep $tls mda "cat >> $home/got"
RC
exec fetchmail --idfile "$home/ids" --pidfile "$home/pid" -f "$home/rc"
