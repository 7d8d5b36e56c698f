// Logs in by an OAuth token with imapflow and reads a mailbox. PORT SECURITY CA USER TOKEN; 0 done, 3 refused.
const fs = require('fs');
const { ImapFlow } = require('imapflow');
const [port, security, ca, user, accessToken] = process.argv.slice(2);
const client = new ImapFlow({
  host: 'localhost',
  port: Number(port),
  secure: security === 'implicit',
  doSTARTTLS: security === 'starttls' ? true : security === 'plain' ? false : undefined,
  tls: { ca: fs.readFileSync(ca), servername: 'localhost' },
  logger: false,
  auth: { user, accessToken },
});
client.on('error', () => {});
(async () => {
  await client.connect();
  const lock = await client.getMailboxLock('INBOX');
  console.log('messages:', client.mailbox.exists);
  lock.release();
  await client.logout();
})().then(
  () => process.exit(0),
  (error) => {
    console.log('refused:', error.authenticationFailed, error.responseText, JSON.stringify(error.oauthError));
    process.exit(3);
  },
);
