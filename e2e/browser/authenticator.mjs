// Authenticators for browser tests: Chromium's own virtual ones, over its debugging protocol.

/** Gives a page an authenticator as a PC with a fingerprint reader has one: it holds passkeys,
 *  verifies its user, and needs nobody to touch it. It lives as long as the page. */
export async function addAuthenticator(page, options = {}) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal",
      hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
      ...options,
    },
  });
  return {
    /** The passkeys that it holds: credentialId, rpId, userHandle, privateKey, signCount. */
    passkeys: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    /** Whether fingerprint, face or PIN are recognised from now on. */
    recognises: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    /** Puts a passkey in, such as one of another authenticator: a copy. */
    put: (credential) => cdp.send("WebAuthn.addCredential", { authenticatorId, credential }),
    remove: () => cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

/** Adds a passkey to the account of whoever has just signed in, by hand. */
export async function makePasskey(page, name) {
  await page.click("a[href='/account']");
  await page.click("a[href='/account/passkeys/new']");
  await page.fill("#name", name);
  await page.click("form[data-passkey=create] button.primary");
  await page.waitForURL(/\/account$/);
}

/** Signs in with a passkey at a terminal: one touch here, the other is the authenticator's. */
export async function signInWithPasskey(page, terminal) {
  await page.goto(`${terminal}/signin`);
  await page.click("form[data-passkey=get] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}
