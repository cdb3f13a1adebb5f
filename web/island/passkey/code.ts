/** Bytes as WebAuthn's JSON forms write them: base64url without padding. */
export function encode(bytes: ArrayBuffer): string {
	let text = "";
	for (const b of new Uint8Array(bytes)) {
		text += String.fromCharCode(b);
	}
	return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function decode(text: string): ArrayBuffer {
	const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
	return Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer;
}

interface Descriptor {
	type: "public-key";
	id: string;
	transports?: AuthenticatorTransport[];
}

/** What the server asks of a passkey that is there. */
export interface RequestOptions {
	challenge: string;
	rpId: string;
	timeout?: number;
	userVerification: UserVerificationRequirement;
	allowCredentials?: Descriptor[];
}

/** What the server asks of a new passkey. */
export interface CreationOptions {
	challenge: string;
	rp: PublicKeyCredentialRpEntity;
	user: { id: string; name: string; displayName: string };
	pubKeyCredParams: PublicKeyCredentialParameters[];
	timeout?: number;
	excludeCredentials?: Descriptor[];
	authenticatorSelection: AuthenticatorSelectionCriteria;
	attestation: AttestationConveyancePreference;
}

const described = (list: Descriptor[] = []): PublicKeyCredentialDescriptor[] =>
	list.map((d) => ({ ...d, id: decode(d.id) }));

export function readRequest(o: RequestOptions): PublicKeyCredentialRequestOptions {
	return { ...o, challenge: decode(o.challenge), allowCredentials: described(o.allowCredentials) };
}

export function readCreation(o: CreationOptions): PublicKeyCredentialCreationOptions {
	return {
		...o,
		challenge: decode(o.challenge),
		user: { ...o.user, id: decode(o.user.id) },
		excludeCredentials: described(o.excludeCredentials),
	};
}

/** The authenticator's answer, as the server reads it. */
export function write(c: PublicKeyCredential): string {
	const r = c.response;
	const response: Record<string, unknown> = { clientDataJSON: encode(r.clientDataJSON) };
	if ("attestationObject" in r) {
		const made = r as AuthenticatorAttestationResponse;
		response.attestationObject = encode(made.attestationObject);
		response.transports = made.getTransports?.() ?? [];
	} else {
		const signed = r as AuthenticatorAssertionResponse;
		response.authenticatorData = encode(signed.authenticatorData);
		response.signature = encode(signed.signature);
		if (signed.userHandle) {
			response.userHandle = encode(signed.userHandle);
		}
	}
	return JSON.stringify({ id: c.id, rawId: encode(c.rawId), type: c.type, response });
}
