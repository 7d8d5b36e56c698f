// openid-client (npm): discovery, code with PKCE and state, ID token, refresh, and what it reports.
import * as client from "openid-client";

const { POSTFAIL_HTTPS_PORT, POSTFAIL_CONTROL, POSTFAIL_CONTROL_TOKEN } = process.env;
const https = `https://localhost:${POSTFAIL_HTTPS_PORT}`;

async function change(...changes) {
  const headers = { Authorization: `Bearer ${POSTFAIL_CONTROL_TOKEN}`, "Content-Type": "application/json" };
  const answer = await fetch(`${POSTFAIL_CONTROL}/api/changes`, { method: "POST", headers, body: JSON.stringify(changes) });
  if (!answer.ok) throw new Error(await answer.text());
}

await change({ identity: { auto_consent: true } });
for (const [name, issuer, scope] of [
  ["generic", "/generic", "openid imap offline_access"],
  ["microsoft", "/microsoft/organizations/v2.0", "openid https://outlook.office.com/IMAP.AccessAsUser.All offline_access"],
  ["google", "/google", "openid https://mail.google.com/"],
]) {
  const config = await client.discovery(new URL(https + issuer), "postfail-client", undefined, client.None());
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: "http://localhost:9/back",
    scope,
    state,
    nonce: "n-0S6_WzA2Mj",
    access_type: "offline",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const back = (await fetch(url, { redirect: "manual" })).headers.get("location");
  const tokens = await client.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: "n-0S6_WzA2Mj",
  });
  const who = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  console.log(`${name}: ${tokens.claims().email} ${who.email}`);
  const again = await client.refreshTokenGrant(config, tokens.refresh_token);
  console.log(`${name} refresh: ${again.token_type}`);
  await change({ revoke_tokens: { account: "taro" } });
  try {
    await client.refreshTokenGrant(config, again.refresh_token ?? tokens.refresh_token);
    console.log(`${name} revoked: no error`);
  } catch (error) {
    console.log(`${name} revoked: ${error.error} ${error.cause?.error_codes ?? ""}`);
  }
}
